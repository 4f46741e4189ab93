import HTTPServer
import Primitives
import ServiceKit

/// Who answers for a change, and from where it came: what the audit trail keeps of them.
struct Actor: Sendable {
    /// Nil when nobody is known who made the machine's key.
    let accountID: AccountID?
    let origin: RequestOrigin
}

extension IdentityContext {
    /// Whoever makes a request; for a machine the person who made its key.
    func actor(_ principal: Principal, _ request: HTTPRequest) async throws -> Actor {
        Actor(accountID: try await creator(behind: principal), origin: RequestOrigin(request))
    }
}
