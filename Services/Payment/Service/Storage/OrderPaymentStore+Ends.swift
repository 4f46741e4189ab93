import Postgres
import Primitives

/// The statements for payments of standing orders that end, or are put off, without money.
extension OrderPaymentStore {
    /// Ends a payment, or lets it begin again.
    static func end(
        _ payment: PaymentID, as state: String, reason: String?, now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            UPDATE standing_order_payments SET state = $2, reason = $3, next_at = $4, updated_at = $4
             WHERE payment_id = $1
            """, [payment, state, reason, now])
    }

    /// Lets a payment wait for its next try.
    static func wait(
        _ payment: PaymentID, step: Int, on day: CivilDate, reason: String, now: Instant,
        in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            UPDATE standing_order_payments SET state = 'waiting', step = $2, reason = $3, retry_on = $5, updated_at = $4,
                   payment_method_id = NULL, first_number = NULL
             WHERE payment_id = $1
            """, [payment, step, reason, now, day])
    }

    /// Puts payments off, for a reason that people can read.
    static func postpone(
        _ payments: [PaymentID], until: Instant, reason: String? = nil, in tx: borrowing Transaction
    ) throws {
        guard !payments.isEmpty else { return }
        let sql = "UPDATE standing_order_payments SET next_at = $2, reason = $3 WHERE payment_id = ANY ($1)"
        try tx.send(sql, [payments, until, reason])
    }

    /// The order of a payment, and how often its ladder was climbed.
    static func step(
        of payment: PaymentID, in tx: borrowing Transaction
    ) throws -> (order: StandingOrderID, step: Int)? {
        try tx.query(
            "SELECT standing_order_id, step FROM standing_order_payments WHERE payment_id = $1", [payment]
        ).first.map { (try $0[0], try $0[1]) }
    }
}
