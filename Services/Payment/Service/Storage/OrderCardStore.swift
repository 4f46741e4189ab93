import PaymentDomain
import Postgres
import Primitives

/// The statements about the cards of standing orders.
enum OrderCardStore {
    /// The card that stands in for the one that a day of an order was refused with.
    static func next(
        after record: AttemptRecord, of order: StandingOrderID, now: Instant, in tx: borrowing Transaction
    ) throws -> PaymentMethodID? {
        try tx.query(
            """
            SELECT w.payment_method_id FROM standing_orders o JOIN payment_methods w ON w.account_id = o.account_id
             WHERE o.standing_order_id = $1 AND o.allows_fallback AND \(CardChoice.usable(now: "$4"))
               AND \(CardChoice.untried(zone: "o.zone", attempts: "$2", first: "$3", now: "$4"))
             ORDER BY w.position, w.payment_method_id LIMIT 1
            """, [order, record.attemptsSoFar, record.choice.firstNumber ?? record.number, now]
        ).scalar()
    }

    /// Lets a day that was refused be tried at once with another card.
    static func handOver(
        _ record: AttemptRecord, to card: PaymentMethodID, now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            UPDATE standing_order_payments
               SET state = 'due', next_at = $4, payment_method_id = $2, first_number = $3, updated_at = $4
             WHERE payment_id = $1 AND state = 'charging'
            """, [record.paymentID, card, record.choice.firstNumber ?? record.number, now])
    }

    /// Lets the days that wait for their next try be tried at once with a card that is new or works again.
    ///
    /// - Parameters:
    ///   - card: The card.
    ///   - account: Whose it is.
    ///   - order: The one order that has got it; nil for all that have it or let it stand in.
    ///   - now: The injected clock's time.
    ///   - tx: The transaction.
    /// - Throws: What the database refuses.
    static func tryNow(
        _ card: PaymentMethodID, of account: AccountID, under order: StandingOrderID?, now: Instant,
        in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            UPDATE standing_order_payments p
               SET state = 'due', next_at = $4, payment_method_id = $2, first_number = NULL, updated_at = $4
              FROM standing_orders o
             WHERE p.standing_order_id = o.standing_order_id AND p.state = 'waiting' AND o.account_id = $1
               AND (o.payment_method_id = $2 OR o.allows_fallback)
               AND ($3::uuid IS NULL OR o.standing_order_id = $3)
            """, [account, card, order, now])
    }

    /// A try between two steps was refused: the day waits for its next step again, or takes it if that has come meanwhile.
    ///
    /// - Returns: The day of the next step.
    static func waitAgain(
        _ payment: PaymentID, code: String, today: CivilDate, now: Instant, in tx: borrowing Transaction
    ) throws -> CivilDate? {
        try tx.query(
            """
            UPDATE standing_order_payments
               SET state = CASE WHEN retry_on <= $3 THEN 'due' ELSE 'waiting' END, reason = $2, next_at = $4, updated_at = $4
             WHERE payment_id = $1 RETURNING retry_on
            """, [payment, code, today, now]
        ).scalar(as: CivilDate?.self).flatMap { $0 }
    }

    /// Locks the orders that pay with a card and are not over.
    static func paying(with card: PaymentMethodID, in tx: borrowing Transaction) throws -> [StoredOrder] {
        try tx.query(
            """
            SELECT \(StoredOrder.columns) FROM standing_orders
             WHERE payment_method_id = $1 AND status NOT IN ('finished', 'cancelled')
             ORDER BY standing_order_id FOR NO KEY UPDATE
            """, [card]
        ).map { try StoredOrder($0) }
    }

    /// Orders of a payer that wait for a card: those that have this one, and those that let it stand in.
    static func waiting(
        for card: PaymentMethodID, of account: AccountID, in tx: borrowing Transaction
    ) throws -> [StandingOrderID] {
        try tx.query(
            """
            SELECT standing_order_id FROM standing_orders
             WHERE account_id = $1 AND status = 'needs_attention' AND (payment_method_id = $2 OR allows_fallback)
             ORDER BY standing_order_id
            """, [account, card]
        ).column(0)
    }
}
