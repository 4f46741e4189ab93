import Crypto
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// A client gets an access token for its secret; there is no refresh token, because it has the secret.
struct IssueClientToken: Sendable {
    struct Issued: Sendable {
        let accessToken: String
        let expiresIn: Duration
        let scopes: [String]
    }

    private static let unknown = OAuthRefusal(.invalidClient, "The client or its secret is not known.")

    let context: IdentityContext

    func callAsFunction(_ request: ClientTokenRequest, clientAddress: String) async throws -> Issued {
        let now = context.now
        let rule = context.settings.loginsPerAddress
        let id = APIClientID(request.clientID).map { APIKeyID($0.raw) }
        let found = try await context.service.pool.transaction { tx in
            try ThrottleStore.check(rule, subject: clientAddress, at: now, in: tx)
            return try id.flatMap { id in try MachineStore.find(id, .client, in: tx) }
        }
        let hash = SecretToken.hash(of: request.secret.reveal())
        guard let machine = found, Self.accepts(hash, machine, at: now) else {
            try await context.service.pool.transaction { tx in
                _ = try ThrottleStore.count(rule, subject: clientAddress, at: now, in: tx)
            }
            throw Self.unknown
        }
        let scopes = try Self.scopes(request.scopes, of: machine)
        try await context.service.pool.transaction { tx in
            try MachineStore.markUsed(machine.id, at: now, in: tx)
        }
        return try issue(machine, scopes: scopes, at: now)
    }

    /// Compares hashes of secrets without telling by the time it takes how far a guess was right.
    private static func accepts(_ hash: [UInt8], _ machine: StoredMachine, at now: Instant) -> Bool {
        guard machine.revokedAt == nil, machine.expiresAt.map({ now < $0 }) ?? true else { return false }
        if constantTimeEquals(hash, machine.secret.hash) { return true }
        guard let previous = machine.previous, now < previous.until else { return false }
        return constantTimeEquals(hash, previous.hash)
    }

    private static func scopes(_ requested: [String]?, of machine: StoredMachine) throws(OAuthRefusal)
        -> [String]
    {
        guard let requested else { return machine.scopes }
        guard !requested.isEmpty, Set(requested).isSubset(of: machine.scopes) else {
            throw OAuthRefusal(.invalidScope, "The client may not do all of this.")
        }
        return Set(requested).sorted()
    }

    private func issue(_ machine: StoredMachine, scopes: [String], at now: Instant) throws -> Issued {
        let principal = Principal(
            accountID: AccountID(machine.id.raw), sessionID: SessionID(machine.id.raw),
            organizationID: machine.organizationID, role: .machine,
            permissions: Set(scopes.compactMap { Permission(rawValue: $0) }))
        let end = now + context.settings.lifetimes.access
        let expiresAt = machine.expiresAt.map { min($0, end) } ?? end
        let token = AccessToken(principal: principal, issuedAt: now, expiresAt: expiresAt)
        let text = JWT.sign(
            claims: token.claims, type: AccessToken.type, with: try context.signingKeys.current())
        return Issued(accessToken: text, expiresIn: expiresAt - now, scopes: scopes)
    }
}
