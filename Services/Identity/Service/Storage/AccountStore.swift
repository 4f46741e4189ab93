import IdentityDomain
import Postgres
import Primitives

/// An account as it is stored.
struct StoredAccount: Sendable {
    let id: AccountID
    let email: String
    let emailKey: String
    let name: String
    let language: String?
    let passwordHash: String
    let isSuperadmin: Bool
    let verifiedAt: Instant?
}

/// Rows of accounts and of their places in organizations.
enum AccountStore {
    private static let columns =
        "id, email, email_key, name, language, password_hash, is_superadmin, verified_at"

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
        try first(
            transaction.query("SELECT \(columns) FROM accounts WHERE id = $1 AND erased_at IS NULL", [id]))
    }

    /// An account with its row, for whoever is going to change it.
    static func lock(_ id: AccountID, in transaction: borrowing Transaction) throws(PostgresError)
        -> StoredAccount?
    {
        try first(
            transaction.query(
                "SELECT \(columns) FROM accounts WHERE id = $1 AND erased_at IS NULL FOR NO KEY UPDATE", [id])
        )
    }

    /// Accounts in the order of their ids, locked so that nothing newer is told before what is made of them.
    static func page(
        after cursor: RawID?, limit: Int, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [StoredAccount] {
        let rows = try transaction.query(
            """
            SELECT \(columns) FROM accounts WHERE erased_at IS NULL AND ($1::uuid IS NULL OR id > $1)
            ORDER BY id LIMIT $2 FOR SHARE
            """, [cursor, limit])
        return try rows.map { row throws(PostgresError) in try account(row) }
    }

    /// Keeps the password and the logins of an account as they are until the transaction ends.
    ///
    /// - Returns: The stored hash of the password; nil for an account that is gone.
    static func lockPasswordHash(of id: AccountID, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> String?
    {
        try transaction.query("SELECT password_hash FROM accounts WHERE id = $1 FOR SHARE", [id]).scalar()
    }

    /// Takes the next number of a public event about an account, and with it the account's row.
    static func nextSequence(of id: AccountID, in transaction: borrowing Transaction) throws(PostgresError)
        -> Int64
    {
        let next: Int64? = try transaction.query(
            "UPDATE accounts SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence", [id]
        ).scalar()
        guard let next else { throw PostgresError(code: .decoding, message: "the account is gone") }
        return next
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

    /// Gives an account an address that was proven.
    ///
    /// - Returns: The account with the number of the event that tells it; nil when another account has the address.
    static func changeEmail(
        of id: AccountID, to email: String, key: String, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> (account: StoredAccount, sequence: Int64)? {
        let rows = try transaction.query(
            """
            UPDATE accounts SET email = $2, email_key = $3, verified_at = $4, updated_at = $4,
                sequence = sequence + 1
            WHERE id = $1 AND NOT EXISTS (SELECT FROM accounts other WHERE other.email_key = $3 AND other.id <> $1)
            RETURNING \(columns), sequence
            """, [id, email, key, now])
        return try rows.first.map { row throws(PostgresError) in
            (try account(row), try row.get("sequence"))
        }
    }

    static func updateProfile(
        of id: AccountID, name: String, language: String?, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> StoredAccount? {
        try first(
            transaction.query(
                """
                UPDATE accounts SET name = $2, language = $3, updated_at = $4 WHERE id = $1 RETURNING \(columns)
                """, [id, name, language, now]))
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

    /// Blanks the person; the id stays, and the address is free again.
    static func erase(
        _ id: AccountID, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            UPDATE accounts SET email = '', email_key = id::text, password_hash = '', name = '(erased)', language = NULL,
                verified_at = NULL, is_superadmin = false, erased_at = $2, updated_at = $2
            WHERE id = $1
            """, [id, now])
    }

    private static func first(_ rows: Rows) throws(PostgresError) -> StoredAccount? {
        try rows.first.map { row throws(PostgresError) in try account(row) }
    }

    private static func account(_ row: Row) throws(PostgresError) -> StoredAccount {
        StoredAccount(
            id: try row.get(0), email: try row.get(1), emailKey: try row.get(2), name: try row.get(3),
            language: try row.get(4),
            passwordHash: try row.get(5), isSuperadmin: try row.get(6), verifiedAt: try row.get(7))
    }
}
