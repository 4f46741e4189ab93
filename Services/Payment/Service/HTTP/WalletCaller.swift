import HTTPServer
import Primitives
import ServiceKit

/// Who asks for what both sides may see: a client for the own, or those who work for a sender for theirs.
struct WalletCaller: Sendable {
    let accountID: AccountID
    let owner: WalletStore.Owner

    var isClient: Bool { if case .account = owner { true } else { false } }

    /// Authenticates a caller.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - context: What checks it.
    ///   - client: What a client must be allowed to do.
    ///   - sender: What others must.
    /// - Throws: `Problem` 401 or 403.
    init(
        _ request: HTTPRequest, in context: ServiceContext, client: Permission, sender: Permission
    ) async throws {
        try self.init(try await context.authenticate(request), request, client: client, sender: sender)
    }

    private init(
        _ principal: Principal, _ request: HTTPRequest, client: Permission, sender: Permission
    ) throws {
        try principal.require(principal.role == .client ? client : sender)
        accountID = principal.accountID
        owner =
            principal.role == .client
            ? .account(principal.accountID) : .organization(try principal.tenant(of: request))
    }
}
