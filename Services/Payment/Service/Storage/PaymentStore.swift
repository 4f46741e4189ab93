import EventContracts
import Postgres
import Primitives

/// The statements with which people look at payments.
enum PaymentStore {
    /// A payment as it is shown.
    struct Stored: Sendable {
        let id: PaymentID
        let source: PaymentSource
        let state: String
        let amount: Money
        let refunded: Money
        /// What of it a card paid, and what a wallet.
        let cardMinor: Int64
        let walletMinor: Int64
        let brand: String?
        let last4: String?
        let createdAt: Instant
        let settledAt: Instant?
    }

    /// The payments of an invoice, the newest first.
    static func list(
        of invoice: InvoiceID, before cursor: PaymentID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            SELECT y.payment_id, y.source, y.state, y.amount, y.refunded, y.currency, coalesce(a.amount, 0),
                   coalesce(a.wallet_amount, 0), nullif(a.brand, ''), nullif(a.last4, ''), y.created_at, y.settled_at
              FROM payments y LEFT JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE y.invoice_id = $1
               AND ($2::uuid IS NULL
                    OR (y.created_at, y.payment_id)
                       < (SELECT c.created_at, c.payment_id FROM payments c WHERE c.payment_id = $2))
             ORDER BY y.created_at DESC, y.payment_id DESC LIMIT $3
            """, [invoice, cursor, limit]
        ).map { row in
            let currency: Currency = try row.get(5)
            return Stored(
                id: try row[0], source: try row.get(1), state: try row[2],
                amount: Money(minorUnits: try row[3], currency: currency),
                refunded: Money(minorUnits: try row[4], currency: currency), cardMinor: try row[6],
                walletMinor: try row[7], brand: try row[8], last4: try row[9], createdAt: try row[10],
                settledAt: try row[11])
        }
    }
}
