import ServiceKit

/// What must always hold of wallets and credit.
enum WalletInvariants {
    static let all = [
        Invariant(
            "wallet_balances", "What is in a wallet is what was booked for it.",
            violations: """
                SELECT w.wallet_id FROM wallets w
                  LEFT JOIN (SELECT wallet_id, sum(CASE WHEN credit = 'wallet' THEN amount ELSE -amount END) AS amount
                               FROM ledger_transfers WHERE wallet_id IS NOT NULL GROUP BY wallet_id) l
                    ON l.wallet_id = w.wallet_id
                 WHERE w.balance <> coalesce(l.amount, 0)
                """),
        Invariant(
            "wallet_holds", "What is held in a wallet is what attempts under way may take.",
            violations: """
                SELECT w.wallet_id FROM wallets w
                  LEFT JOIN (SELECT wallet_id, sum(wallet_amount) AS amount FROM attempts
                              WHERE wallet_amount > 0 AND state NOT IN ('succeeded', 'declined', 'cancelled')
                              GROUP BY wallet_id) a ON a.wallet_id = w.wallet_id
                 WHERE w.held <> coalesce(a.amount, 0)
                """),
        Invariant(
            "credit_balances", "A client's credit is what was booked for it.",
            violations: """
                SELECT c.credit_id FROM credits c
                  LEFT JOIN (SELECT credit_id, sum(CASE WHEN credit = 'payer_credit' THEN amount ELSE -amount END) AS amount
                               FROM ledger_transfers WHERE credit_id IS NOT NULL GROUP BY credit_id) l
                    ON l.credit_id = c.credit_id
                 WHERE c.balance <> coalesce(l.amount, 0)
                """),
        Invariant(
            "top_ups_arrive",
            "What was collected for a top-up and not taken back is in its wallet's account.",
            violations: """
                SELECT b.invoice_id FROM payables b
                  LEFT JOIN (SELECT invoice_id, wallet_id, sum(CASE WHEN credit = 'wallet' THEN amount ELSE -amount END) AS amount
                               FROM ledger_transfers WHERE reason IN ('top_up', 'top_up_returned')
                              GROUP BY invoice_id, wallet_id) l
                    ON l.invoice_id = b.invoice_id AND l.wallet_id = b.wallet_id
                  LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM refunds WHERE state <> 'failed'
                              GROUP BY invoice_id) r ON r.invoice_id = b.invoice_id
                 WHERE b.wallet_id IS NOT NULL
                   AND coalesce(l.amount, 0) <> b.collected - coalesce(r.amount, 0) - b.moved_to_credit
                """),
    ]
}
