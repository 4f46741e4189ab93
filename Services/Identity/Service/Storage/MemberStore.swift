import IdentityDomain
import Postgres
import Primitives

/// Somebody who works in an organization, as it is stored.
struct StoredMember: Sendable, Hashable {
    let accountID: AccountID
    let name: String
    let email: String
    var role: Role
    /// What is left of a member's permissions; nil for all.
    var restriction: Set<Permission>?
    let since: Instant

    /// What they may do.
    var permissions: Set<Permission> {
        PermissionTable.permissions(of: role, restrictedTo: restriction)
    }
}

/// The places in one organization.
enum MemberStore {
    private static let query = """
        SELECT account_id, name, email, role, permissions, since
        FROM memberships JOIN accounts ON accounts.id = account_id
        """

    /// Newest account first, those before a known one.
    static func list(
        of organization: OrganizationID, before: AccountID?, limit: Int,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [StoredMember] {
        let rows = try transaction.query(
            """
            \(query) WHERE organization_id = $1 AND ($2::uuid IS NULL OR account_id < $2)
            ORDER BY account_id DESC LIMIT $3
            """, [organization, before, limit])
        return try rows.map { row throws(PostgresError) in try member(row) }
    }

    /// Held until the transaction ends.
    static func lock(
        _ account: AccountID, of organization: OrganizationID, in transaction: borrowing Transaction
    ) throws(PostgresError) -> StoredMember? {
        let rows = try transaction.query(
            "\(query) WHERE organization_id = $1 AND account_id = $2 FOR UPDATE OF memberships",
            [organization, account])
        return try rows.first.map { row throws(PostgresError) in try member(row) }
    }

    static func ownerCount(of organization: OrganizationID, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> Int
    {
        let count: Int64? = try transaction.query(
            "SELECT count(*) FROM memberships WHERE organization_id = $1 AND role = 'owner'", [organization]
        ).scalar()
        return Int(count ?? 0)
    }

    static func update(
        _ member: StoredMember, of organization: OrganizationID, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "UPDATE memberships SET role = $3, permissions = $4 WHERE organization_id = $1 AND account_id = $2",
            [
                organization, member.accountID, member.role.rawValue,
                member.restriction.map { $0.map(\.rawValue).sorted() },
            ])
    }

    static func remove(
        _ account: AccountID, of organization: OrganizationID, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "DELETE FROM memberships WHERE organization_id = $1 AND account_id = $2", [organization, account])
    }

    private static func member(_ row: Row) throws(PostgresError) -> StoredMember {
        StoredMember(
            accountID: try row.get(0), name: try row.get(1), email: try row.get(2),
            role: try StoredValue.role(try row.get(3)),
            restriction: StoredValue.permissions(try row.get(4)), since: try row.get(5))
    }
}
