import EventContracts
import Postgres
import Primitives

/// The statements about clients' credit at senders.
enum CreditStore {
    /// Credit as it is stored.
    struct Stored: Sendable {
        let id: CreditID
        let organizationID: OrganizationID
        let customerID: CustomerID
        let balance: Money
        let sequence: Int64
        let createdAt: Instant

        func changedEvent(
            _ reason: BalanceReason, amountMinor: Int64, invoice: InvoiceID?, cause: EventCause
        ) throws -> OutgoingEvent {
            let changed = CreditChanged(
                creditID: id, organizationID: organizationID, customerID: customerID,
                currency: balance.currency, balanceMinor: balance.minorUnits, reason: reason,
                amountMinor: amountMinor, invoiceID: invoice)
            return try OutgoingEvent(
                changed, subject: id, tenant: organizationID, sequence: sequence, cause: cause)
        }
    }

    private static let columns = """
        c.credit_id, c.organization_id, c.customer_id, c.balance, c.currency, c.sequence, c.created_at
        """

    private static func stored(_ row: Row) throws -> Stored {
        Stored(
            id: try row[0], organizationID: try row[1], customerID: try row[2],
            balance: Money(minorUnits: try row[3], currency: try row[4]), sequence: try row[5],
            createdAt: try row[6])
    }

    /// Adds to a client's credit, which begins with the first that is added.
    static func add(
        _ amount: Money, to customer: CustomerID, at organization: OrganizationID, now: Instant,
        in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            INSERT INTO credits AS c (credit_id, organization_id, customer_id, currency, balance, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (customer_id, currency) DO UPDATE
               SET balance = c.balance + EXCLUDED.balance, sequence = c.sequence + 1
            RETURNING \(columns)
            """,
            [
                CreditID.new(at: now), organization, customer, amount.currency.code, amount.minorUnits, now,
            ]
        ).first.map { try stored($0) }
    }

    /// Uses as much of a client's credit as there is, up to an amount; nil when there is none.
    static func use(
        atMost amount: Money, of customer: CustomerID, in tx: borrowing Transaction
    ) throws -> (stored: Stored, usedMinor: Int64)? {
        try tx.query(
            """
            WITH k AS (SELECT credit_id, least(balance, $3) AS used FROM credits
                        WHERE customer_id = $1 AND currency = $2 AND balance > 0 FOR NO KEY UPDATE)
            UPDATE credits c SET balance = c.balance - k.used, sequence = c.sequence + 1
              FROM k WHERE c.credit_id = k.credit_id
            RETURNING \(columns), k.used
            """, [customer, amount.currency.code, amount.minorUnits]
        ).first.map { (try stored($0), try $0[7]) }
    }

    /// The newest first.
    static func list(
        of owner: WalletStore.Owner, before cursor: CreditID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Stored] {
        let condition =
            switch owner {
            case .organization: "c.organization_id = $1"
            case .account: "c.customer_id IN (SELECT customer_id FROM customers WHERE account_id = $1)"
            }
        return try tx.query(
            """
            SELECT \(columns) FROM credits c WHERE \(condition) AND ($2::uuid IS NULL OR c.credit_id < $2)
             ORDER BY c.credit_id DESC LIMIT $3
            """, [owner.id, cursor, limit]
        ).map { try stored($0) }
    }
}
