import Postgres
import Primitives

extension OrganizationStore {
    /// An organization in which somebody acts.
    struct Place: Sendable {
        let id: OrganizationID
        let name: String
        let role: Role
    }

    /// Newest first, those before a known one.
    ///
    /// - Parameters:
    ///   - account: Whose; nil for a superadmin, who acts in all of them.
    ///   - before: The last one of the page before.
    ///   - limit: The most.
    ///   - transaction: The transaction.
    /// - Returns: The places.
    /// - Throws: What the statement failed with.
    static func places(
        of account: AccountID?, before: OrganizationID?, limit: Int, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [Place] {
        let rows =
            if let account {
                try transaction.query(
                    """
                    SELECT id, name, role FROM memberships JOIN organizations ON id = organization_id
                    WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
                    """, [account, before, limit])
            } else {
                try transaction.query(
                    """
                    SELECT id, name, 'superadmin' FROM organizations
                    WHERE ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
                    """, [before, limit])
            }
        return try rows.map { row throws(PostgresError) in
            Place(
                id: try row.get(0), name: try row.get(1), role: try StoredValue.role(try row.get(2)))
        }
    }
}
