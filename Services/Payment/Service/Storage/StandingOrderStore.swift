import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// The statements about standing orders and their days.
enum StandingOrderStore {
    static func insert(_ order: StoredOrder, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            INSERT INTO standing_orders (\(StoredOrder.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                    $23, $24)
            """, order.values)
    }

    /// Stores what can change of an order.
    static func update(_ order: StoredOrder, in tx: borrowing Transaction) throws {
        let series = order.series
        try tx.send(
            """
            UPDATE standing_orders
               SET payment_method_id = $2, amount = $3, status = $4, next_position = $5, skipped = $6, generation = $7,
                   sequence = $8, updated_at = $9, allows_fallback = $10
             WHERE standing_order_id = $1
            """,
            [
                order.id, order.paymentMethodID, order.amount.minorUnits, series.state, series.position,
                series.skipped.sorted(), series.generation, order.sequence, order.updatedAt,
                order.allowsFallback,
            ])
    }

    /// Finds a payer's order, and locks it.
    static func lock(
        _ order: StandingOrderID, of account: AccountID, in tx: borrowing Transaction
    ) throws -> StoredOrder? {
        try tx.query(
            """
            SELECT \(StoredOrder.columns) FROM standing_orders WHERE standing_order_id = $1 AND account_id = $2
               FOR NO KEY UPDATE
            """, [order, account]
        ).first.map { try StoredOrder($0) }
    }

    /// Locks orders, in one order everywhere.
    static func lock(_ orders: [StandingOrderID], in tx: borrowing Transaction) throws -> [StoredOrder] {
        try tx.query(
            """
            SELECT \(StoredOrder.columns) FROM standing_orders WHERE standing_order_id = ANY ($1)
             ORDER BY standing_order_id FOR NO KEY UPDATE
            """, [orders]
        ).map { try StoredOrder($0) }
    }

    static func find(_ order: StandingOrderID, in tx: borrowing Transaction) throws -> StoredOrder? {
        try tx.query(
            "SELECT \(StoredOrder.columns) FROM standing_orders WHERE standing_order_id = $1", [order]
        ).first.map { try StoredOrder($0) }
    }

    /// Locks a payer's orders that still have something to pay.
    static func unfinished(of account: AccountID, in tx: borrowing Transaction) throws -> [StoredOrder] {
        try tx.query(
            """
            SELECT \(StoredOrder.columns) FROM standing_orders o
             WHERE account_id = $1
               AND (status NOT IN ('finished', 'cancelled')
                    OR status = 'finished'
                       AND EXISTS (SELECT FROM standing_order_payments p
                                    WHERE p.standing_order_id = o.standing_order_id AND p.state IN ('due', 'waiting')))
             ORDER BY standing_order_id FOR NO KEY UPDATE
            """, [account]
        ).map { try StoredOrder($0) }
    }

    /// Which orders a list shows.
    struct Filter: Sendable {
        let owner: ChargeStore.Owner
        let state: SeriesState?
        let organizationID: OrganizationID?
        let cursor: StandingOrderID?
        let limit: Int
    }

    /// A page of orders, the newest first.
    static func list(_ filter: Filter, in tx: borrowing Transaction) throws -> [StoredOrder] {
        try tx.query(
            """
            SELECT \(StoredOrder.columns) FROM standing_orders
             WHERE \(filter.owner.column) = $1 AND ($2::uuid IS NULL OR standing_order_id < $2)
               AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR organization_id = $4)
             ORDER BY standing_order_id DESC LIMIT $5
            """, [filter.owner.raw, filter.cursor, filter.state, filter.organizationID, filter.limit]
        ).map { try StoredOrder($0) }
    }

    /// Stores days that have come; one that is stored stays as it is.
    static func addDays(
        _ days: [(order: StoredOrder, day: CivilDate)], now: Instant, in tx: borrowing Transaction
    ) throws {
        guard !days.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO standing_order_payments (payment_id, standing_order_id, day, amount, state, next_at, created_at,
                                                 updated_at, organization_id)
            SELECT t.payment, t.standing_order, t.day, t.amount, 'due', $5, $5, $5, t.organization
              FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::bigint[], $6::uuid[])
                AS t (payment, standing_order, day, amount, organization)
            ON CONFLICT DO NOTHING
            """,
            [
                days.map { StandingOrder.paymentID(of: $0.order.id, day: $0.day) }, days.map(\.order.id),
                days.map(\.day), days.map(\.order.amount.minorUnits), now, days.map(\.order.organizationID),
            ])
    }

    /// Lets refused payments try again whose day has come, each at its step.
    static func retry(
        _ steps: [(payment: PaymentID, step: Int64)], now: Instant, in tx: borrowing Transaction
    ) throws {
        guard !steps.isEmpty else { return }
        try tx.send(
            """
            UPDATE standing_order_payments p SET state = 'due', next_at = $3, updated_at = $3
              FROM unnest($1::uuid[], $2::bigint[]) AS t (payment, step)
             WHERE p.payment_id = t.payment AND p.step = t.step AND p.state = 'waiting'
            """, [steps.map(\.payment), steps.map(\.step), now])
    }

    /// Ends the days of an order that nothing has been sent for.
    ///
    /// - Returns: The timers of those that wait for their next try, with the generation after theirs.
    static func cancelDays(
        of order: StandingOrderID, reason: String, now: Instant, in tx: borrowing Transaction
    ) throws -> [(payment: PaymentID, generation: Int64)] {
        try tx.query(
            """
            UPDATE standing_order_payments SET state = 'cancelled', reason = $2, updated_at = $3
             WHERE standing_order_id = $1 AND state IN ('due', 'waiting')
            RETURNING payment_id, step + 1::bigint
            """, [order, reason, now]
        ).map { (try $0[0], try $0[1]) }
    }

    /// What a day of an order is paid with, in a list.
    struct Day: Sendable {
        let paymentID: PaymentID
        let day: CivilDate
        let amountMinor: Int64
        let state: String
        let step: Int
        let reason: String?
    }

    /// A page of the days of an order that have come, the newest first.
    static func days(
        of order: StandingOrderID, before cursor: PaymentID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Day] {
        try tx.query(
            """
            SELECT payment_id, day, amount, state, step, reason FROM standing_order_payments p
             WHERE standing_order_id = $1
               AND ($2::uuid IS NULL OR day < (SELECT c.day FROM standing_order_payments c WHERE c.payment_id = $2))
             ORDER BY day DESC LIMIT $3
            """, [order, cursor, limit]
        ).map {
            Day(
                paymentID: try $0[0], day: try $0[1], amountMinor: try $0[2], state: try $0[3],
                step: try $0[4], reason: try $0[5])
        }
    }
}
