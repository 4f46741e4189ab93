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
        let principal = try await context.authenticate(request)
        accountID = principal.accountID
        if principal.role == .client {
            try principal.require(client)
            owner = .account(principal.accountID)
        } else {
            try principal.require(sender)
            owner = .organization(try principal.tenant(of: request))
        }
    }
}
