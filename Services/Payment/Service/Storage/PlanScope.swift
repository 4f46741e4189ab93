import PaymentDomain
import Postgres
import Primitives

/// The statements that bring the plans of some invoices in line with the mandates that count for them now.
enum PlanScope {
    /// A plan whose mandate counts no longer.
    struct Obsolete {
        let planID: ChargePlanID
        let reason: String
        /// The attempt that is about to be sent; nil when there is none, or it was sent.
        let readyAttempt: AttemptID?
    }

    /// Finds the live plans of some invoices whose mandate is not the one that counts.
    ///
    /// What has been sent goes on, and so does its plan. An attempt that an executor is taking at this moment is
    /// passed over: it looks at the mandate itself, which is locked here, and withdraws.
    static func obsolete(_ invoices: [InvoiceID], in tx: borrowing Transaction) throws -> [Obsolete] {
        let obsolete = """
            SELECT p.plan_id, p.payment_id, p.state,
                   CASE q.status WHEN 'active' THEN 'mandate_replaced' ELSE 'mandate_' || q.status END AS reason
              FROM plans p JOIN payables b ON b.invoice_id = p.invoice_id JOIN mandates q ON q.mandate_id = p.mandate_id
              LEFT \(MandateStore.winner)
             WHERE p.invoice_id = ANY ($1) AND p.state IN ('planned', 'waiting', 'charging')
               AND (m.mandate_id IS DISTINCT FROM p.mandate_id OR m.status <> 'active')
            """
        let ready = try tx.query(
            """
            SELECT p.plan_id, p.reason, a.attempt_id FROM (\(obsolete)) p
              JOIN payments y ON y.payment_id = p.payment_id JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.state = 'charging' AND a.state IN ('held', 'ready')
             ORDER BY a.attempt_id FOR NO KEY UPDATE OF a SKIP LOCKED
            """, [invoices]
        ).map { Obsolete(planID: try $0[0], reason: try $0[1], readyAttempt: try $0[2]) }
        let others = try tx.query(
            "SELECT p.plan_id, p.reason FROM (\(obsolete)) p WHERE p.state <> 'charging' ORDER BY p.plan_id",
            [invoices]
        ).map { Obsolete(planID: try $0[0], reason: try $0[1], readyAttempt: nil) }
        return ready + others
    }

    /// A plan of the mandate that counts, and what its day depends on.
    struct Current {
        let planID: ChargePlanID
        let chargeOn: CivilDate
        let isLive: Bool
        let issueDate: CivilDate
        let days: Int
        /// Of the part that it collects; nil for the whole.
        let partDue: CivilDate?
        let zone: Zone
    }

    /// Finds the plans of the mandates that count which may still be moved, or begin again: those that have not been
    /// tried, those that ended only because their mandate did not count for a while, and those that failed because of a
    /// card that the mandate has no more.
    static func movable(_ invoices: [InvoiceID], in tx: borrowing Transaction) throws -> [Current] {
        try tx.query(
            """
            SELECT p.plan_id, p.charge_on, p.state = 'planned', b.issue_date, \(PlanStore.days),
                   b.part_dates[p.part], b.zone
              FROM plans p JOIN payables b ON b.invoice_id = p.invoice_id \(MandateStore.winner)
              JOIN payment_methods w ON w.payment_method_id = m.payment_method_id
              LEFT JOIN payments y ON y.payment_id = p.payment_id
              LEFT JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.invoice_id = ANY ($1) AND p.mandate_id = m.mandate_id AND m.status = 'active'
               AND b.status IN ('finalized', 'uncollectible') AND b.total - b.credited - b.collected > 0
               AND (p.state = 'planned' AND p.step = 0 OR p.state = 'cancelled' AND p.reason LIKE 'mandate_%'
                    OR p.state = 'failed' AND a.decline_class = 'hard' AND w.refusal IS NULL AND NOT w.is_removed)
             ORDER BY p.plan_id FOR NO KEY UPDATE OF p
            """, [invoices]
        ).map {
            Current(
                planID: try $0[0], chargeOn: try $0[1], isLive: try $0[2], issueDate: try $0[3],
                days: try $0[4], partDue: try $0[5], zone: Zone(try $0.get(6, as: String.self)) ?? .utc)
        }
    }

    /// Plans locked plans anew, each for a day.
    static func move(
        _ plans: [(plan: ChargePlanID, day: CivilDate)], now: Instant, in tx: borrowing Transaction
    ) throws -> [PlanStore.Changed] {
        guard !plans.isEmpty else { return [] }
        return try PlanStore.changed(
            tx.query(
                """
                UPDATE plans p
                   SET state = 'planned', step = 0, charge_on = t.day, reason = NULL, generation = p.generation + 1,
                       sequence = p.sequence + 1, updated_at = $3
                  FROM unnest($1::uuid[], $2::date[]) AS t (plan, day)
                 WHERE p.plan_id = t.plan
                \(PlanStore.returning)
                """, [plans.map(\.plan), plans.map(\.day), now]))
    }
}
