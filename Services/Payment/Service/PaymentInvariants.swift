import ServiceKit

/// What must always hold in the payment service's books.
enum PaymentInvariants {
    static let all = own + WalletInvariants.all

    private static let own = [
        Invariant(
            "one_success", "A payment has at most one attempt that took money.",
            violations: """
                SELECT payment_id FROM attempts WHERE state = 'succeeded' GROUP BY payment_id HAVING count(*) > 1
                """),
        Invariant(
            "attempts_have_payments", "An attempt, and an allocation, belongs to a payment.",
            violations: """
                SELECT payment_id FROM attempts a WHERE NOT EXISTS (SELECT FROM payments y WHERE y.payment_id = a.payment_id)
                UNION ALL
                SELECT payment_id FROM allocations c
                 WHERE NOT EXISTS (SELECT FROM payments y WHERE y.payment_id = c.payment_id)
                """),
        Invariant(
            "ledger_balances", "The entries of a transfer add up to nothing.",
            violations: "SELECT transfer_id FROM ledger_entries GROUP BY transfer_id HAVING sum(amount) <> 0"),
        Invariant(
            "collected_is_allocated", "What a payable has collected is what payments were allocated to it.",
            violations: """
                SELECT b.invoice_id FROM payables b
                  LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM allocations GROUP BY invoice_id) c
                    ON c.invoice_id = b.invoice_id
                 WHERE b.collected <> coalesce(c.amount, 0)
                """),
        Invariant(
            "lease_is_held", "A lease is held by an open attempt.",
            violations: """
                SELECT b.invoice_id FROM payables b LEFT JOIN attempts a ON a.attempt_id = b.leased_by
                 WHERE b.leased_by IS NOT NULL
                   AND (a.attempt_id IS NULL OR a.state IN ('succeeded', 'declined', 'cancelled'))
                """),
        Invariant(
            "no_surplus", "Money beyond what is owed is on its way back.",
            violations: """
                SELECT b.invoice_id FROM payables b
                  LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM (
                                SELECT invoice_id, amount FROM refunds
                                 WHERE state IN ('ready', 'in_flight', 'needs_review', 'failed')
                                UNION ALL SELECT invoice_id, withheld FROM disputes WHERE status = 'opened') s
                              GROUP BY invoice_id) r
                    ON r.invoice_id = b.invoice_id
                 WHERE b.collected - b.refunded - b.moved_to_credit - coalesce(r.amount, 0)
                       - b.spent > CASE WHEN b.status = 'voided' THEN 0 ELSE b.total - b.credited END
                """),
        Invariant(
            "gateway_tells_nothing_new", "What the gateway tells of money fits the books.",
            violations: "SELECT event_id FROM gateway_notices WHERE state = 'review'"),
        Invariant(
            "gateway_list_agrees", "The gateway's own list of a day and the books say the same.",
            violations: "SELECT difference_id FROM reconciliation_differences WHERE resolved_at IS NULL"),
        Invariant(
            "echo_is_booked", "The invoice service has heard of no money that is not in these books.",
            violations: """
                SELECT invoice_id FROM payables WHERE invoice_paid > collected OR invoice_refunded > refunded
                """),
        Invariant(
            "orders_pay_what_they_have", "A payment of a standing order settles no more than it took.",
            violations: """
                SELECT y.payment_id FROM payments y JOIN attempt_payables x ON x.payment_id = y.payment_id
                 GROUP BY y.payment_id HAVING sum(x.amount) > y.amount
                """),
        Invariant(
            "order_days_have_attempts", "A day of a standing order that is being paid has an open attempt.",
            violations: """
                SELECT p.payment_id FROM standing_order_payments p LEFT JOIN payments y ON y.payment_id = p.payment_id
                  LEFT JOIN attempts a ON a.attempt_id = y.last_attempt_id
                 WHERE p.state = 'charging'
                   AND (a.attempt_id IS NULL OR a.state IN ('succeeded', 'declined', 'cancelled'))
                """),
        Invariant(
            "charging_has_attempt", "A plan that is charging has an open attempt.",
            violations: """
                SELECT p.plan_id FROM plans p LEFT JOIN payments y ON y.payment_id = p.payment_id
                  LEFT JOIN attempts a ON a.attempt_id = y.last_attempt_id
                 WHERE p.state = 'charging'
                   AND (a.attempt_id IS NULL OR a.state IN ('succeeded', 'declined', 'cancelled'))
                """),
    ]
}
