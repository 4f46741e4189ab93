import Postgres
import Primitives

extension Audit {
    /// What a superadmin did for an organization.
    struct Act: Sendable {
        let id: AuditEventID
        let accountID: AccountID
        let organizationID: OrganizationID
        let service: String
        let action: String
        let resourceID: String?
        let requestID: String
        let clientAddress: String
        let userAgent: String?
        let at: Instant
    }

    /// Keeps acts, each once; one for an organization that is not there has nobody to see it and is passed over.
    static func record(_ acts: [Act], in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO audit_events
                (id, account_id, organization_id, kind, subjects, client_address, user_agent, at, service, action,
                 request_id)
            SELECT g.id, accounts.id, organizations.id, $1, array_remove(ARRAY[g.resource_id], NULL),
                g.client_address, g.user_agent, g.at, g.service, g.action, g.request_id
            FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::timestamptz[])
                AS g (id, account_id, organization_id, service, action, resource_id, request_id, client_address,
                    user_agent, at)
            JOIN accounts ON accounts.id = g.account_id
            JOIN organizations ON organizations.id = g.organization_id
            ON CONFLICT (id) DO NOTHING
            """,
            [
                Kind.superadminActed.rawValue, acts.map(\.id), acts.map(\.accountID),
                acts.map(\.organizationID), acts.map(\.service), acts.map(\.action), acts.map(\.resourceID),
                acts.map(\.requestID), acts.map(\.clientAddress), acts.map(\.userAgent), acts.map(\.at),
            ])
    }
}
