import EventContracts
import Postgres
import Primitives

/// The statements about cards that will not work much longer.
enum ExpiringCardStore {
    /// A card whose next notice is due.
    struct Due {
        let stored: PaymentMethodStore.Stored
        let expiresOn: CivilDate
        let nextNotice: Int
        /// Whether a permission or an order uses it, or it is the payer's usual card.
        let isNeeded: Bool
    }

    /// Locks cards whose notice is due; those that somebody else deals with are passed over.
    static func lockDue(on today: CivilDate, limit: Int, in tx: borrowing Transaction) throws -> [Due] {
        try tx.query(
            """
            SELECT \(PaymentMethodStore.columns), expires_on, expiry_notice_days,
                   EXISTS (SELECT FROM mandates m
                            WHERE m.payment_method_id = w.payment_method_id AND m.status <> 'revoked'
                              AND m.pay_with <> 'wallet')
                   OR EXISTS (SELECT FROM standing_orders o
                               WHERE o.payment_method_id = w.payment_method_id
                                 AND o.status NOT IN ('finished', 'cancelled'))
                   OR NOT EXISTS (SELECT FROM payment_methods x
                                   WHERE x.account_id = w.account_id AND NOT x.is_removed
                                     AND (x.position, x.payment_method_id) < (w.position, w.payment_method_id))
              FROM payment_methods w
             WHERE payment_method_id = ANY (ARRAY (
                SELECT payment_method_id FROM payment_methods
                 WHERE NOT is_removed AND expiry_notice_days > 0 AND expires_on - expiry_notice_days <= $1
                 ORDER BY expires_on - expiry_notice_days LIMIT $2))
               AND expiry_notice_days > 0 AND expires_on - expiry_notice_days <= $1
             ORDER BY payment_method_id FOR NO KEY UPDATE OF w SKIP LOCKED
            """, [today, limit]
        ).map {
            Due(
                stored: try PaymentMethodStore.stored($0), expiresOn: try $0[11], nextNotice: try $0[12],
                isNeeded: try $0[13])
        }
    }

    /// Moves locked cards on to their next notice.
    ///
    /// - Returns: The sequences of the events of those that are told of.
    static func proceed(
        _ cards: [(id: PaymentMethodID, next: Int, isTold: Bool)], in tx: borrowing Transaction
    ) throws -> [PaymentMethodID: Int64] {
        guard !cards.isEmpty else { return [:] }
        let rows = try tx.query(
            """
            UPDATE payment_methods w SET expiry_notice_days = t.next, sequence = w.sequence + t.told::int
              FROM unnest($1::uuid[], $2::int[], $3::bool[]) AS t (card, next, told)
             WHERE w.payment_method_id = t.card RETURNING w.payment_method_id, w.sequence
            """, [cards.map(\.id), cards.map { Int32($0.next) }, cards.map(\.isTold)])
        var sequences: [PaymentMethodID: Int64] = [:]
        for row in rows { sequences[try row[0]] = try row.get(1, as: Int64.self) }
        return sequences
    }
}

extension PaymentMethodStore.Stored {
    /// What is told some days before the card stops working.
    func expiringEvent(
        on day: CivilDate, daysAhead: Int, sequence: Int64, cause: EventCause
    ) throws -> OutgoingEvent {
        let expiring = PaymentMethodExpiring(
            paymentMethodID: id, accountID: accountID, brand: card.brand, last4: card.last4, expiresOn: day,
            daysAhead: daysAhead)
        return try OutgoingEvent(expiring, subject: id, tenant: nil, sequence: sequence, cause: cause)
    }
}
