import HTTPServer
import Primitives
import ServiceKit

/// Who answers for a change, and from where it came: what the audit trail keeps of them.
struct Actor: Sendable {
    let accountID: AccountID
    let origin: RequestOrigin
}

extension IdentityContext {
    /// Whoever makes a request; for a machine the person who made its key, or itself if that is not known.
    func actor(_ principal: Principal, _ request: HTTPRequest) async throws -> Actor {
        let account = try await creator(behind: principal) ?? principal.accountID
        return Actor(accountID: account, origin: RequestOrigin(request))
    }
}
