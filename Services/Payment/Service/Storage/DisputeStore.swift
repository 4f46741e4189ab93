import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// The statements about what payers objected to at their banks.
enum DisputeStore {
    /// A dispute as it is stored.
    struct Stored: Sendable {
        let id: DisputeID
        let organizationID: OrganizationID
        let paymentID: PaymentID
        let invoiceID: InvoiceID
        let amount: Money
        let withheldMinor: Int64
        let reason: String
        let status: DisputeStatus
        let openedAt: Instant
        let closedAt: Instant?
    }

    private static let columns = """
        dispute_id, organization_id, payment_id, invoice_id, currency, amount, withheld, reason, status, opened_at, closed_at
        """

    private static func stored(_ row: Row) throws -> Stored {
        Stored(
            id: try row[0], organizationID: try row[1], paymentID: try row[2], invoiceID: try row[3],
            amount: Money(minorUnits: try row[5], currency: try row[4]), withheldMinor: try row[6],
            reason: try row[7], status: try row.get(8), openedAt: try row[9], closedAt: try row[10])
    }

    /// The payment that a dispute is about.
    struct Disputed {
        let paymentID: PaymentID
        let organizationID: OrganizationID
        let invoiceID: InvoiceID
        let currency: Currency
        /// What of it is still there to be taken back.
        let availableMinor: Int64
    }

    /// Locks the payment of an attempt that took money, after its payable, as everywhere; nil when nothing is booked.
    static func lockPayment(of attempt: AttemptID, in tx: borrowing Transaction) throws -> Disputed? {
        try tx.send(
            """
            SELECT FROM payables WHERE invoice_id = (SELECT invoice_id FROM attempts WHERE attempt_id = $1)
               FOR NO KEY UPDATE
            """, [attempt])
        return try tx.query(
            """
            SELECT y.payment_id, y.organization_id, a.invoice_id, y.currency, y.amount - y.refunded
              FROM attempts a JOIN payments y ON y.payment_id = a.payment_id
             WHERE a.attempt_id = $1 AND a.state = 'succeeded' FOR NO KEY UPDATE OF y
            """, [attempt]
        ).first.map { row in
            Disputed(
                paymentID: try row[0], organizationID: try row[1], invoiceID: try row[2],
                currency: try row[3], availableMinor: try row[4])
        }
    }

    /// A dispute by the gateway's name of it.
    static func find(
        _ reference: String, gatewayAccount: String, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            "SELECT \(columns) FROM disputes WHERE gateway_account = $1 AND gateway_reference = $2",
            [gatewayAccount, reference]
        ).first.map { try stored($0) }
    }

    /// Stores a new dispute and what the bank has taken back.
    ///
    /// - Returns: The dispute, and the sequence of the payment's event.
    static func open(
        _ dispute: Stored, reference: String, gatewayAccount: String, in tx: borrowing Transaction
    ) throws -> Int64 {
        try tx.query(
            """
            WITH d AS (
                INSERT INTO disputes (dispute_id, gateway_account, gateway_reference, organization_id, payment_id,
                                      invoice_id, currency, amount, withheld, reason, status, opened_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'opened', $11)),
            l AS (
                INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at)
                SELECT $12, $4, 'disputes', 'gateway', $7, $9, $11 WHERE $9 > 0)
            UPDATE payments SET refunded = refunded + $9, sequence = sequence + 1 WHERE payment_id = $5
            RETURNING sequence
            """,
            [
                dispute.id, gatewayAccount, reference, dispute.organizationID, dispute.paymentID,
                dispute.invoiceID, dispute.amount.currency.code, dispute.amount.minorUnits,
                dispute.withheldMinor, dispute.reason, dispute.openedAt, transferID(of: dispute.id, .opened),
            ]
        ).scalar() ?? 0
    }

    /// Stores how a dispute ended: the money is there again, or gone.
    ///
    /// - Returns: The dispute, and the sequence of the payment's event; nil when it has ended before.
    static func close(
        _ id: DisputeID, as status: DisputeStatus, now: Instant, in tx: borrowing Transaction
    ) throws -> (dispute: Stored, sequence: Int64)? {
        let dispute = try tx.query(
            """
            UPDATE disputes SET status = $2, closed_at = $3 WHERE dispute_id = $1 AND status = 'opened'
            RETURNING \(columns)
            """, [id, status, now]
        ).first.map { try stored($0) }
        guard let dispute else { return nil }
        let isWon = status == .won
        let sequence = try tx.query(
            """
            WITH b AS (UPDATE payables SET refunded = refunded + $2 WHERE invoice_id = $3 AND $2 > 0),
            l AS (
                INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at)
                SELECT $4, $5, $6, 'disputes', $7, $8, $9 WHERE $8 > 0)
            UPDATE payments SET refunded = refunded - $10, sequence = sequence + 1 WHERE payment_id = $1
            RETURNING sequence
            """,
            [
                dispute.paymentID, isWon ? 0 : dispute.withheldMinor, dispute.invoiceID,
                transferID(of: id, status), dispute.organizationID, isWon ? "gateway" : "sender",
                dispute.amount.currency.code, dispute.withheldMinor, now,
                isWon ? dispute.withheldMinor : 0,
            ]
        ).scalar(as: Int64.self)
        return (dispute, sequence ?? 0)
    }

    /// Each step of a dispute moves money once.
    private static func transferID(of id: DisputeID, _ status: DisputeStatus) -> RawID {
        .v5(namespace: id.raw, name: status.rawValue.utf8)
    }

    /// The disputes of an organization, the newest first.
    static func list(
        of organization: OrganizationID, status: DisputeStatus?, after cursor: DisputeID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            SELECT \(columns) FROM disputes d
             WHERE organization_id = $1 AND ($2::text IS NULL OR status = $2)
               AND ($3::uuid IS NULL
                    OR (opened_at, dispute_id) < (SELECT c.opened_at, c.dispute_id FROM disputes c
                                                   WHERE c.dispute_id = $3 AND c.organization_id = $1))
             ORDER BY opened_at DESC, dispute_id DESC LIMIT $4
            """, [organization, status, cursor, limit]
        ).map { try stored($0) }
    }
}
