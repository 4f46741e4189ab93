import PaymentDomain
import Postgres
import Primitives

/// The card that an attempt is sent with where that is not simply the mandate's.
struct CardChoice: Hashable, Sendable {
    let card: PaymentMethodID?
    /// The number of the first attempt of the same charge, whose card was refused; nil where the card stands in for none.
    let firstNumber: Int?

    /// Whether a card that is new, or works again, is tried between two steps of the ladder.
    var isOfNewCard: Bool { card != nil && firstNumber == nil }

    /// The card that stands in for the one that an attempt was refused with: the next in the payer's order that works and
    /// was not tried for this charge, nor on this day.
    ///
    /// There is none once the attempt does not hold the invoice any more. The same card that was saved twice is tried
    /// once.
    static func next(
        after record: AttemptRecord, now: Instant, in tx: borrowing Transaction
    ) throws -> PaymentMethodID? {
        try tx.query(
            """
            SELECT w.payment_method_id
              FROM payables b JOIN plans p ON p.plan_id = $2 JOIN mandates m ON m.mandate_id = p.mandate_id
              JOIN payment_methods w ON w.account_id = m.account_id
             WHERE b.invoice_id = $1 AND b.leased_by = $3 AND p.state = 'charging'
               AND m.status = 'active' AND m.allows_fallback AND m.pay_with <> 'wallet'
               AND \(usable(now: "$6"))
               AND \(untried(zone: "b.zone", attempts: "$4", first: "$5", now: "$6"))
             ORDER BY w.position, w.payment_method_id LIMIT 1
            """,
            [
                record.invoiceID, record.planID, record.attemptID,
                record.attemptsSoFar,
                record.choice.firstNumber ?? record.number, now,
            ]
        ).scalar()
    }

    /// Whether a card `w` may be tried unasked.
    static func usable(now: String) -> String {
        """
        NOT w.is_removed AND w.refusal IS NULL AND w.forbidden_code IS NULL
           AND w.expires_on >= (\(now)::timestamptz AT TIME ZONE 'UTC')::date
        """
    }

    /// Whether a card `w` was neither tried for this charge, which began with an attempt's number, nor on this day.
    static func untried(zone: String, attempts: String, first: String, now: String) -> String {
        """
        NOT EXISTS (
            SELECT FROM attempts a
             WHERE a.attempt_id = ANY (\(attempts))
               AND (a.gateway_method = w.reference OR (a.brand, a.last4) = (w.brand, w.last4))
               AND (a.number >= \(first)
                    OR (a.sent_at AT TIME ZONE \(zone))::date = (\(now)::timestamptz AT TIME ZONE \(zone))::date))
        """
    }

    /// Makes the next attempt of the same payment ready, with another card, and hands it the lease.
    ///
    /// - Returns: The sequence of the payment's event; nil when the refused attempt does not hold the invoice any more, or
    ///   nothing is open.
    static func handOver(
        _ record: AttemptRecord, to card: PaymentMethodID, now: Instant, in tx: borrowing Transaction
    ) throws -> Int64? {
        let number = record.number + 1
        return try tx.query(
            """
            WITH b AS (
                UPDATE payables SET leased_by = $3
                 WHERE invoice_id = $4 AND leased_by = $2 AND status <> 'voided' AND total - credited - collected > 0
                RETURNING invoice_id),
            a AS (
                INSERT INTO attempts (attempt_id, payment_id, number, organization_id, invoice_id, plan_id, state, amount,
                                      currency, off_session, next_at, created_at, correlation_id, causation_id,
                                      payment_method_id, first_number)
                SELECT $3, $1, $5, $6, b.invoice_id, $7, 'ready', 0, $8, true, $9, $9, $10, $11, $12, $13 FROM b)
            UPDATE payments SET attempt_count = $5, last_attempt_id = $3, state = 'open', sequence = sequence + 1
              FROM b WHERE payment_id = $1
            RETURNING sequence
            """,
            [
                record.paymentID, record.attemptID,
                AttemptIdentity.id(of: record.paymentID, number: number), record.invoiceID, number,
                record.organizationID, record.planID, record.amount.currency.code, now, record.correlationID,
                record.causationID, card, record.choice.firstNumber ?? record.number,
            ]
        ).scalar()
    }

    /// Charges of a payer that wait for another day of their ladder and could be paid with a card: under one mandate, or
    /// under all that pay with it or let it stand in.
    static func waiting(
        for card: PaymentMethodID, of account: AccountID, under mandate: MandateID?,
        in tx: borrowing Transaction
    ) throws -> [ChargePlanID] {
        try tx.query(
            """
            SELECT p.plan_id FROM plans p JOIN mandates m ON m.mandate_id = p.mandate_id
             WHERE p.account_id = $1 AND p.state = 'planned' AND p.step > 0 AND m.status = 'active'
               AND m.pay_with <> 'wallet' AND (m.payment_method_id = $2 OR m.allows_fallback)
               AND ($3::uuid IS NULL OR m.mandate_id = $3)
             ORDER BY p.charge_on, p.plan_id LIMIT $4
            """, [account, card, mandate, plansMaximum]
        ).column(0)
    }

    /// How many charges one card is tried for at once.
    private static let plansMaximum = 500

    /// Sends attempts that were just made ready with a card.
    static func choose(
        _ card: PaymentMethodID, for attempts: [AttemptID], in tx: borrowing Transaction
    ) throws {
        try tx.send(
            "UPDATE attempts SET payment_method_id = $2 WHERE attempt_id = ANY ($1)", [attempts, card])
    }
}
