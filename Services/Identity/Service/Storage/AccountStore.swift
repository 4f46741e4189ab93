import IdentityDomain
import Postgres
import Primitives

/// An account as it is stored.
struct StoredAccount: Sendable {
    let id: AccountID
    let email: String
    let name: String
    let language: String?
    let passwordHash: String
    let isSuperadmin: Bool
    let verifiedAt: Instant?
}

/// Rows of accounts and of their places in organizations.
enum AccountStore {
    private static let columns = "id, email, name, language, password_hash, is_superadmin, verified_at"

    /// False when another account has the address.
    static func insert(
        _ id: AccountID, email: EmailAddress, passwordHash: String, name: String, language: String?,
        verifiedAt: Instant?, sequence: Int64, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        let count = try transaction.execute(
            """
            INSERT INTO accounts
                (id, email, email_key, password_hash, name, language, verified_at, sequence, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
            ON CONFLICT (email_key) DO NOTHING
            """, [id, email.text, email.key, passwordHash, name, language, verifiedAt, sequence, now])
        return count == 1
    }

    static func find(emailKey: String, in transaction: borrowing Transaction) throws(PostgresError)
        -> StoredAccount?
    {
        try first(transaction.query("SELECT \(columns) FROM accounts WHERE email_key = $1", [emailKey]))
    }

    static func find(_ id: AccountID, in transaction: borrowing Transaction) throws(PostgresError)
        -> StoredAccount?
    {
        try first(transaction.query("SELECT \(columns) FROM accounts WHERE id = $1", [id]))
    }

    /// Accounts in the order of their ids, locked so that nothing newer is told before what is made of them.
    static func page(
        after cursor: RawID?, limit: Int, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [StoredAccount] {
        let rows = try transaction.query(
            """
            SELECT \(columns) FROM accounts WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2 FOR SHARE
            """, [cursor, limit])
        return try rows.map { row throws(PostgresError) in try account(row) }
    }

    static func replacePasswordHash(
        of id: AccountID, old: String, new: String, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "UPDATE accounts SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2",
            [id, old, new, now])
    }

    /// The number of the event that tells it; nil when the address was proven before or is another by now.
    static func markVerified(
        _ id: AccountID, emailKey: String, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Int64? {
        try transaction.query(
            """
            UPDATE accounts SET verified_at = $3, updated_at = $3, sequence = sequence + 1
            WHERE id = $1 AND email_key = $2 AND verified_at IS NULL RETURNING sequence
            """, [id, emailKey, now]
        ).scalar()
    }

    static func memberships(of id: AccountID, in transaction: borrowing Transaction) throws(PostgresError)
        -> [Membership]
    {
        try memberships(of: id, lock: "", in: transaction)
    }

    /// The places, held until the transaction ends: whoever changes one then sees the login that was made of it.
    static func lockMemberships(of id: AccountID, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> [Membership]
    {
        try memberships(of: id, lock: "FOR SHARE", in: transaction)
    }

    private static func memberships(
        of id: AccountID, lock: String, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [Membership] {
        let rows = try transaction.query(
            "SELECT organization_id, role, since, permissions FROM memberships WHERE account_id = $1 \(lock)",
            [id])
        return try rows.map { row throws(PostgresError) in
            Membership(
                organizationID: try row.get(0), role: try StoredValue.role(try row.get(1)),
                since: try row.get(2), restriction: StoredValue.permissions(try row.get(3)))
        }
    }

    /// False when the account belongs to the organization already.
    static func insertMembership(
        _ membership: Membership, of id: AccountID, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        try transaction.execute(
            """
            INSERT INTO memberships (organization_id, account_id, role, since) VALUES ($1, $2, $3, $4)
            ON CONFLICT (organization_id, account_id) DO NOTHING
            """, [membership.organizationID, id, membership.role.rawValue, membership.since]) == 1
    }

    private static func first(_ rows: Rows) throws(PostgresError) -> StoredAccount? {
        try rows.first.map { row throws(PostgresError) in try account(row) }
    }

    private static func account(_ row: Row) throws(PostgresError) -> StoredAccount {
        StoredAccount(
            id: try row.get(0), email: try row.get(1), name: try row.get(2), language: try row.get(3),
            passwordHash: try row.get(4), isSuperadmin: try row.get(5), verifiedAt: try row.get(6))
    }
}
