import IdentityDomain
import Postgres
import Primitives

/// An attempt of somebody to sign up, which the link that was mailed for it turns into an account.
struct StoredSignUp: Sendable {
    let accountID: AccountID
    let organizationID: OrganizationID
    let email: EmailAddress
    let name: String
    let language: String?
    let passwordHash: String
    let organization: Organization
    let expiresAt: Instant

    struct Organization: Sendable {
        let name: String
        let currency: Currency
        let zone: Zone
        let invoicePrefix: String
        let domain: String?
        let address: String?
        let isTest: Bool
    }
}

/// Rows of attempts to sign up; an address may have many, and none of them is in the way of another.
enum SignUpStore {
    private static let columns = """
        account_id, organization_id, email, name, language, password_hash, organization_name, currency, zone,
        invoice_prefix, domain, address, expires_at, is_test
        """

    static func insert(
        _ signUp: StoredSignUp, hash: [UInt8], at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        let organization = signUp.organization
        try transaction.execute(
            """
            INSERT INTO sign_ups
                (account_id, hash, email, email_key, password_hash, name, language, organization_id,
                 organization_name, currency, zone, invoice_prefix, domain, address, created_at, expires_at, is_test)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            """,
            [
                signUp.accountID, hash, signUp.email.text, signUp.email.key, signUp.passwordHash, signUp.name,
                signUp.language, signUp.organizationID, organization.name, organization.currency.code,
                organization.zone.name, organization.invoicePrefix, organization.domain,
                organization.address, now, signUp.expiresAt, organization.isTest,
            ])
    }

    /// The newest attempt for an address whose link still counts.
    static func newest(emailKey: String, at now: Instant, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> StoredSignUp?
    {
        try first(
            transaction.query(
                """
                SELECT \(columns) FROM sign_ups WHERE email_key = $1 AND expires_at > $2
                ORDER BY account_id DESC LIMIT 1
                """, [emailKey, now]))
    }

    /// Puts another secret in the place of the mailed one; for no attempt the statement is carried out all the same.
    static func renew(
        _ id: AccountID?, hash: [UInt8], expiresAt: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "UPDATE sign_ups SET hash = $2, expires_at = $3 WHERE account_id = $1", [id, hash, expiresAt])
    }

    /// The attempt that a secret belongs to, with all attempts for its address locked in one order: of two links that
    /// are followed at the same time the second waits, and finds none after the first.
    static func lock(hash: [UInt8], in transaction: borrowing Transaction) throws(PostgresError)
        -> StoredSignUp?
    {
        let rows = try transaction.query(
            """
            SELECT \(columns), hash = $1 AS is_meant FROM sign_ups
            WHERE email_key = (SELECT email_key FROM sign_ups WHERE hash = $1) ORDER BY account_id FOR UPDATE
            """, [hash])
        for row in rows where try row.get("is_meant") { return try signUp(row) }
        return nil
    }

    /// Forgets every attempt for an address: it has an account now, or its person has left.
    static func forget(emailKey: String, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM sign_ups WHERE email_key = $1", [emailKey])
    }

    static func prune(expiredBefore: Instant, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM sign_ups WHERE expires_at <= $1", [expiredBefore])
    }

    private static func first(_ rows: Rows) throws(PostgresError) -> StoredSignUp? {
        try rows.first.map { row throws(PostgresError) in try signUp(row) }
    }

    private static func signUp(_ row: Row) throws(PostgresError) -> StoredSignUp {
        let address: String = try row.get(2)
        guard let email = EmailAddress(address) else {
            throw PostgresError(code: .decoding, message: "an attempt to sign up has no address")
        }
        return StoredSignUp(
            accountID: try row.get(0), organizationID: try row.get(1), email: email, name: try row.get(3),
            language: try row.get(4), passwordHash: try row.get(5),
            organization: StoredSignUp.Organization(
                name: try row.get(6), currency: try StoredValue.currency(try row.get(7)),
                zone: try StoredValue.zone(try row.get(8)), invoicePrefix: try row.get(9),
                domain: try row.get(10), address: try row.get(11), isTest: try row.get(13)),
            expiresAt: try row.get(12))
    }
}
