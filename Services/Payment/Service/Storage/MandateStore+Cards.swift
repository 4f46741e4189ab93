import PaymentDomain
import Postgres
import Primitives

/// The statements about the cards of mandates.
extension MandateStore {
    /// Waits for whoever changes the permissions of a payer at this moment, and lets them wait.
    static func lockCustomers(of account: AccountID, in tx: borrowing Transaction) throws {
        _ = try tx.query(
            """
            SELECT customer_id FROM customers WHERE account_id = $1 ORDER BY customer_id FOR NO KEY UPDATE
            """, [account])
    }

    /// The first card in the payer's order that works, for mandates that have lost theirs.
    static func firstCard(
        of account: AccountID, now: Instant, in tx: borrowing Transaction
    ) throws -> PaymentMethodID? {
        try tx.query(
            """
            SELECT payment_method_id FROM payment_methods
             WHERE account_id = $1 AND NOT is_removed AND refusal IS NULL AND forbidden_code IS NULL
               AND expires_on >= ($2::timestamptz AT TIME ZONE 'UTC')::date
             ORDER BY position, payment_method_id LIMIT 1
            """, [account, now]
        ).scalar()
    }

    /// Gives mandates that let other cards stand in another card in place of theirs; one that had to wait for a card holds
    /// again.
    ///
    /// - Parameters:
    ///   - old: The card that they have.
    ///   - card: The one that they get.
    ///   - plan: The one plan whose mandate is meant; nil for all mandates.
    ///   - now: The injected clock's time.
    ///   - tx: The transaction.
    /// - Returns: What changed.
    /// - Throws: What the database refuses.
    static func replace(
        _ old: PaymentMethodID, by card: PaymentMethodID, ofPlan plan: ChargePlanID? = nil, now: Instant,
        in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            UPDATE mandates
               SET payment_method_id = $2, status = CASE status WHEN 'needs_update' THEN 'active' ELSE status END,
                   updated_at = $4, sequence = sequence + 1
             WHERE payment_method_id = $1 AND status <> 'revoked' AND allows_fallback
               AND ($3::uuid IS NULL OR mandate_id = (SELECT mandate_id FROM plans WHERE plan_id = $3))
            RETURNING \(columns)
            """, [old, card, plan, now]
        ).map { try stored($0) }
    }

    /// Asks for a new card before the mandates that need a card which is gone charge again; those that rest, rest on.
    static func suspend(
        havingCard card: PaymentMethodID, now: Instant, in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            UPDATE mandates SET status = 'needs_update', updated_at = $2, sequence = sequence + 1
             WHERE payment_method_id = $1 AND status = 'active' AND pay_with <> 'wallet' RETURNING \(columns)
            """, [card, now]
        ).map { try stored($0) }
    }

    /// Mandates that had to wait for a card hold again: those that have this one, and those that let it stand in.
    ///
    /// One that rests and has lost its card gets it, and rests on.
    static func revive(
        with card: PaymentMethodID, of account: AccountID, now: Instant, in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            UPDATE mandates
               SET payment_method_id = $1, status = CASE status WHEN 'needs_update' THEN 'active' ELSE status END,
                   updated_at = $3, sequence = sequence + 1
             WHERE account_id = $2
               AND (status = 'needs_update' AND (payment_method_id = $1 OR allows_fallback)
                    OR status = 'paused' AND allows_fallback
                       AND EXISTS (SELECT FROM payment_methods w
                                    WHERE w.payment_method_id = mandates.payment_method_id AND w.is_removed))
            RETURNING \(columns)
            """, [card, account, now]
        ).map { try stored($0) }
    }
}
