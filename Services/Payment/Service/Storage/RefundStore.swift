import EventContracts
import Postgres
import Primitives

/// The statements about refunds that people ask for and look at; sending them is the worker's.
enum RefundStore {
    /// A payment of which money may be given back; it and its invoice are locked.
    struct Refundable {
        let source: GiveBack.Source
        let accountID: AccountID?
        /// What has not been given back yet.
        let rest: Money
        /// What of it may go to the card.
        let cardMinor: Int64
        /// The wallet that the invoice tops up.
        let toppedUp: WalletID?
    }

    /// Locks a payment that has come, after its invoice, as everywhere.
    static func lock(
        _ payment: PaymentID, of organization: OrganizationID, in tx: borrowing Transaction
    ) throws -> Refundable? {
        let payable = try tx.query(
            """
            SELECT b.invoice_id, b.customer_id, b.wallet_id FROM payments y JOIN payables b ON b.invoice_id = y.invoice_id
             WHERE y.payment_id = $1 AND y.organization_id = $2 FOR NO KEY UPDATE OF b
            """, [payment, organization]
        ).first
        guard let payable else { return nil }
        let row = try tx.query(
            """
            SELECT y.amount - y.refunded, y.currency, y.account_id, CASE WHEN a.amount > 0 THEN a.gateway_reference END,
                   a.wallet_id,
                   coalesce(a.amount, 0) - (SELECT coalesce(sum(r.amount), 0)::bigint FROM refunds r
                                             WHERE r.payment_id = y.payment_id AND r.destination = 'card'
                                               AND r.state <> 'failed')
              FROM payments y LEFT JOIN attempts a ON a.payment_id = y.payment_id AND a.state = 'succeeded'
             WHERE y.payment_id = $1 AND y.state = 'succeeded' FOR NO KEY UPDATE OF y
            """, [payment]
        ).first
        return try row.map {
            Refundable(
                source: GiveBack.Source(
                    paymentID: payment, organizationID: organization, customerID: try payable[1],
                    invoiceID: try payable[0], reference: try $0[3], walletID: try $0[4]),
                accountID: try $0[2], rest: Money(minorUnits: try $0[0], currency: try $0[1]),
                cardMinor: try $0[5], toppedUp: try payable[2])
        }
    }

    /// A refund as it is shown.
    struct Stored: Sendable {
        let id: RefundID
        let paymentID: PaymentID
        let invoiceID: InvoiceID
        let amount: Money
        let destination: String
        let state: String
        let reason: String
        let note: String?
        let outcome: String?
        let createdAt: Instant
    }

    private static let columns = """
        refund_id, payment_id, invoice_id, amount, currency, destination, state, reason, note, outcome_code, created_at
        """

    private static func stored(_ row: Row) throws -> Stored {
        Stored(
            id: try row[0], paymentID: try row[1], invoiceID: try row[2],
            amount: Money(minorUnits: try row[3], currency: try row[4]), destination: try row[5],
            state: try row[6], reason: try row[7], note: try row[8], outcome: try row[9],
            createdAt: try row[10])
    }

    static func find(_ id: RefundID, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query("SELECT \(columns) FROM refunds WHERE refund_id = $1", [id]).first.map { try stored($0) }
    }

    /// The newest first.
    static func list(
        of payment: PaymentID, before cursor: RefundID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            SELECT \(columns) FROM refunds WHERE payment_id = $1 AND ($2::uuid IS NULL OR refund_id < $2)
             ORDER BY refund_id DESC LIMIT $3
            """, [payment, cursor, limit]
        ).map { try stored($0) }
    }

    /// Whose payment it is; nil when there is none.
    static func organization(
        of payment: PaymentID, in tx: borrowing Transaction
    ) throws -> (id: OrganizationID, currency: Currency)? {
        try tx.query("SELECT organization_id, currency FROM payments WHERE payment_id = $1", [payment]).first
            .map { (try $0[0], try $0[1]) }
    }
}
