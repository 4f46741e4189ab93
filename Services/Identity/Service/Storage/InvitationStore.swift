import IdentityDomain
import Postgres
import Primitives

/// What somebody is invited to.
enum InvitationPurpose: Sendable, Hashable {
    /// To pay as a customer of the organization.
    case client(CustomerID)
    /// To work in the organization.
    case member(Role)

    var kind: String {
        switch self {
        case .client: "client"
        case .member: "member"
        }
    }

    var customerID: CustomerID? {
        if case .client(let id) = self { id } else { nil }
    }

    var role: Role? {
        if case .member(let role) = self { role } else { nil }
    }
}

/// An invitation as it is stored.
struct StoredInvitation: Sendable {
    let id: InvitationID
    let organizationID: OrganizationID
    let purpose: InvitationPurpose
    let email: String
    let emailKey: String
    let name: String?
    let createdAt: Instant
    let rule: Invitation

    /// The same, pending until another moment.
    func renewed(until expiresAt: Instant) -> StoredInvitation {
        StoredInvitation(
            id: id, organizationID: organizationID, purpose: purpose, email: email, emailKey: emailKey,
            name: name, createdAt: createdAt, rule: Invitation(state: .pending, expiresAt: expiresAt))
    }
}

/// Rows of invitations.
enum InvitationStore {
    private static let columns = """
        id, organization_id, kind, role, customer_id, email, email_key, name, created_at, expires_at, revoked_at,
        accepted_by
        """

    /// Blanks what invitations say of the person with an address.
    static func blank(to email: String, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute(
            "UPDATE invitations SET email = '', email_key = id::text, name = NULL WHERE email_key = lower($1)",
            [email])
    }

    static func insert(
        _ invitation: StoredInvitation, hash: [UInt8], invitedBy: AccountID,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO invitations
                (id, hash, organization_id, kind, role, customer_id, email, email_key, name, invited_by, created_at,
                 expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                invitation.id, hash, invitation.organizationID, invitation.purpose.kind,
                invitation.purpose.role?.rawValue, invitation.purpose.customerID, invitation.email,
                invitation.emailKey, invitation.name, invitedBy, invitation.createdAt,
                invitation.rule.expiresAt,
            ])
    }

    /// Takes back what is pending for the same purpose: the newest mail is the one that counts.
    static func supersede(
        _ purpose: InvitationPurpose, emailKey: String, organization: OrganizationID, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            UPDATE invitations SET revoked_at = $5
            WHERE organization_id = $1 AND kind = $2 AND customer_id IS NOT DISTINCT FROM $3
                AND (email_key = $4 OR customer_id IS NOT NULL) AND accepted_at IS NULL AND revoked_at IS NULL
            """, [organization, purpose.kind, purpose.customerID, emailKey, now])
    }

    static func find(hash: [UInt8], isLocking: Bool, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> StoredInvitation?
    {
        let lock = isLocking ? "FOR UPDATE" : ""
        let rows = try transaction.query("SELECT \(columns) FROM invitations WHERE hash = $1 \(lock)", [hash])
        guard let row = rows.first else { return nil }
        return try invitation(row)
    }

    static func accept(
        _ id: InvitationID, by account: AccountID, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "UPDATE invitations SET accepted_at = $3, accepted_by = $2 WHERE id = $1", [id, account, now])
    }

    /// Held until the transaction ends: of an acceptance and a change at the same time one comes first.
    static func lock(
        _ id: InvitationID, of organization: OrganizationID, in transaction: borrowing Transaction
    ) throws(PostgresError) -> StoredInvitation? {
        let rows = try transaction.query(
            "SELECT \(columns) FROM invitations WHERE id = $1 AND organization_id = $2 FOR UPDATE",
            [id, organization])
        return try rows.first.map { row throws(PostgresError) in try invitation(row) }
    }

    /// Replaces the secret and the end.
    static func renew(
        _ id: InvitationID, hash: [UInt8], expiresAt: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "UPDATE invitations SET hash = $2, expires_at = $3 WHERE id = $1", [id, hash, expiresAt])
    }

    static func revoke(
        _ id: InvitationID, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute("UPDATE invitations SET revoked_at = $2 WHERE id = $1", [id, now])
    }

    /// Those of some kinds, newest first, those before a known one.
    static func list(
        of organization: OrganizationID, kinds: [String], before: InvitationID?, limit: Int,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [StoredInvitation] {
        let rows = try transaction.query(
            """
            SELECT \(columns) FROM invitations
            WHERE organization_id = $1 AND kind = ANY ($4) AND ($2::uuid IS NULL OR id < $2)
            ORDER BY id DESC LIMIT $3
            """, [organization, before, limit, kinds])
        var invitations: [StoredInvitation] = []
        for row in rows { invitations.append(try invitation(row)) }
        return invitations
    }

    private static func invitation(_ row: Row) throws(PostgresError) -> StoredInvitation {
        let revokedAt: Instant? = try row.get("revoked_at")
        let acceptedBy: AccountID? = try row.get("accepted_by")
        let state: Invitation.State =
            if let acceptedBy { .accepted(by: acceptedBy) } else if revokedAt != nil { .revoked } else {
                .pending
            }
        return StoredInvitation(
            id: try row.get("id"), organizationID: try row.get("organization_id"), purpose: try purpose(row),
            email: try row.get("email"), emailKey: try row.get("email_key"), name: try row.get("name"),
            createdAt: try row.get("created_at"),
            rule: Invitation(state: state, expiresAt: try row.get("expires_at")))
    }

    private static func purpose(_ row: Row) throws(PostgresError) -> InvitationPurpose {
        let customerID: CustomerID? = try row.get("customer_id")
        let role: String? = try row.get("role")
        if let customerID { return .client(customerID) }
        return .member(try StoredValue.role(role ?? ""))
    }
}
