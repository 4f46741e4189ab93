import PaymentDomain
import Postgres
import Primitives

/// The statements about how often saved cards were refused; they run only for cards that were.
enum CardTryStore {
    /// Notes that a bank has refused a card, and whether it may be tried again: unasked, or at all.
    ///
    /// A card that is not saved is known for one try only, and a payer who did not confirm was not refused.
    static func refused(
        _ record: AttemptRecord, _ decline: Decline, now: Instant, in tx: borrowing Transaction
    ) throws {
        guard let reference = record.method?.reference, decline.declineClass != .authentication,
            !CardTries.unasked.contains(decline.code)
        else { return }
        try tx.send(
            """
            UPDATE payment_methods
               SET refused_at = $3, refusal = coalesce(refusal, $4), forbidden_code = coalesce(forbidden_code, $5)
             WHERE gateway_account = $1 AND reference = $2
            """,
            [
                SaveCard.platformAccount, reference, now,
                decline.declineClass == .hard && record.isOffSession ? decline.code : nil,
                decline.forbidsCard ? decline.code : nil,
            ])
    }

    /// How often cards may be tried; those that another transaction is deciding about are missing.
    ///
    /// The cards stay locked, so that no two claims give away the same try. They are counted by a statement of its own, which
    /// sees what the last holder of the lock has left.
    static func lock(
        _ references: Set<String>, now: Instant, in tx: borrowing Transaction
    ) throws -> [String: CardAllowance] {
        let locked = try tx.query(
            """
            SELECT reference FROM payment_methods WHERE gateway_account = $1 AND reference = ANY ($2)
             ORDER BY reference FOR NO KEY UPDATE SKIP LOCKED
            """, [SaveCard.platformAccount, Array(references)]
        ).column(0, as: String.self)
        var allowances: [String: CardAllowance] = [:]
        let rows = try tx.query(
            """
            SELECT w.reference, w.brand, coalesce(u.tries, 0), ARRAY (
                     SELECT d.ended_at FROM attempts d
                      WHERE d.gateway_method = w.reference AND d.state = 'declined' AND d.decline_class <> 'authentication'
                        AND d.outcome_code <> ALL ($5) AND d.ended_at > $3
                      ORDER BY d.ended_at DESC LIMIT $4)
              FROM payment_methods w
              LEFT JOIN (SELECT gateway_method, count(*) AS tries FROM attempts
                          WHERE state IN ('in_flight', 'unknown', 'requires_action') AND gateway_method = ANY ($2)
                          GROUP BY gateway_method) u ON u.gateway_method = w.reference
             WHERE w.gateway_account = $1 AND w.reference = ANY ($2)
            """,
            [
                SaveCard.platformAccount, locked, now - NetworkCap.longestWindow, refusalsMaximum,
                CardTries.unasked,
            ])
        for row in rows {
            allowances[try row[0]] = CardAllowance.decide(
                NetworkCap.caps(ofBrand: try row[1]), refusals: try row[3],
                underWay: try row.get(2, as: Int.self), now: now)
        }
        return allowances
    }

    /// More than any network allows.
    private static let refusalsMaximum = 100
}
