import Postgres
import Primitives

/// All that identity keeps of one person, as they may ask for it (GDPR articles 15 and 20).
struct PersonalRecord: Sendable {
    private struct Login: Sendable {
        let id: SessionID
        let createdAt: Instant
        let lastUsedAt: Instant
        let revokedAt: Instant?
        let clientAddress: String?
        let userAgent: String?
    }

    private struct Place: Sendable {
        let organizationID: OrganizationID
        let organizationName: String
        let role: String
        let since: Instant
    }

    /// Where the rest is listed page by page: what the other services keep, and what mattered for security.
    private static let elsewhere = [
        "/v1/me/audit_events", "/v1/invoices", "/v1/charges", "/v1/mandates", "/v1/payment_methods",
        "/v1/notices",
    ]

    private let account: StoredAccount
    private let places: [Place]
    private let logins: [Login]

    static func find(_ id: AccountID, in tx: borrowing Transaction) throws -> PersonalRecord? {
        guard let account = try AccountStore.find(id, in: tx) else { return nil }
        let places = try tx.query(
            """
            SELECT m.organization_id, o.name, m.role, m.since
              FROM memberships m JOIN organizations o ON o.id = m.organization_id
             WHERE m.account_id = $1 ORDER BY m.since, m.organization_id
            """, [id]
        ).map {
            Place(
                organizationID: try $0[0], organizationName: try $0[1], role: try $0[2], since: try $0[3])
        }
        let logins = try tx.query(
            """
            SELECT id, created_at, last_used_at, revoked_at, client_address, user_agent
              FROM sessions WHERE account_id = $1 ORDER BY created_at, id
            """, [id]
        ).map {
            Login(
                id: try $0[0], createdAt: try $0[1], lastUsedAt: try $0[2], revokedAt: try $0[3],
                clientAddress: try $0[4], userAgent: try $0[5])
        }
        return PersonalRecord(account: account, places: places, logins: logins)
    }

    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("account_id", account.id)
        writer.member("email", account.email)
        writer.member("email_verified_at", account.verifiedAt)
        writer.member("name", account.name)
        writer.member("language", account.language)
        writer.array("organizations", of: places) { place, writer in
            writer.member("organization_id", place.organizationID)
            writer.member("name", place.organizationName)
            writer.member("role", place.role)
            writer.member("since", place.since)
        }
        writer.array("sessions", of: logins) { login, writer in
            writer.member("session_id", login.id)
            writer.member("created_at", login.createdAt)
            writer.member("last_used_at", login.lastUsedAt)
            writer.member("ended_at", login.revokedAt)
            writer.member("client_address", login.clientAddress)
            writer.member("user_agent", login.userAgent)
        }
        writer.member("elsewhere", strings: Self.elsewhere)
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    /// An array of objects.
    fileprivate mutating func array<Element>(
        _ name: String, of elements: [Element], member: (Element, inout JSONWriter) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements {
            beginObject()
            member(element, &self)
            endObject()
        }
        endArray()
    }
}
