import ServiceKit

/// What must always hold of subscriptions.
enum SubscriptionInvariants {
    static let all = [
        Invariant(
            "periods_have_one_invoice", "No invoice is that of two periods.",
            violations: """
                SELECT invoice_id::text FROM subscription_periods WHERE invoice_id IS NOT NULL
                GROUP BY invoice_id HAVING count(*) > 1
                """),
        Invariant(
            "periods_have_no_gap", "Each period of a subscription begins where the one before ends.",
            violations: """
                SELECT subscription_id::text FROM (
                    SELECT subscription_id, period_start,
                        lag(period_end, 1, period_start) OVER (PARTITION BY subscription_id ORDER BY period_start) AS before
                    FROM subscription_periods) p
                WHERE before IS DISTINCT FROM period_start
                """),
        Invariant(
            "subscriptions_are_in_their_last_period",
            "A subscription stands in the newest of its periods.",
            violations: """
                SELECT s.id::text FROM subscriptions s LEFT JOIN LATERAL (
                    SELECT period_start, period_end, kind FROM subscription_periods p WHERE p.subscription_id = s.id
                    ORDER BY period_start DESC LIMIT 1) p ON true
                WHERE (p.period_start, p.kind) IS DISTINCT FROM (s.period_start, s.period_kind)
                    OR s.period_kind <> 'end' AND p.period_end IS DISTINCT FROM s.period_end
                """),
        Invariant(
            "period_invoices_name_their_subscription",
            "The invoice of a period names the subscription, as long as nobody removes the draft.",
            violations: """
                SELECT p.invoice_id::text FROM subscription_periods p JOIN invoices i ON i.id = p.invoice_id
                WHERE i.subscription_id IS DISTINCT FROM p.subscription_id
                """),
    ]
}
