import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes subscriptions and their periods.
enum SubscriptionStore {
    static func find(
        _ id: SubscriptionID, of organizationID: OrganizationID, at now: Instant, in tx: borrowing Transaction
    ) throws -> Subscription? {
        try whole(
            tx.query(
                "SELECT \(Subscription.columns) FROM subscriptions WHERE id = $2 AND organization_id = $3",
                [now, id, organizationID]), in: tx
        ).first
    }

    /// Reads a subscription and keeps others from changing it until the transaction ends.
    static func lock(
        _ id: SubscriptionID, of organizationID: OrganizationID? = nil, at now: Instant,
        in tx: borrowing Transaction
    ) throws -> Subscription? {
        try whole(
            tx.query(
                """
                SELECT \(Subscription.columns) FROM subscriptions
                WHERE id = $2 AND ($3::uuid IS NULL OR organization_id = $3) FOR NO KEY UPDATE
                """, [now, id, organizationID]), in: tx
        ).first
    }

    /// A page of an organization's subscriptions, newest first.
    static func list(
        of organizationID: OrganizationID, customerID: CustomerID?, before cursor: SubscriptionID?,
        limit: Int, at now: Instant, in tx: borrowing Transaction
    ) throws -> [Subscription] {
        try whole(
            tx.query(
                """
                SELECT \(Subscription.columns) FROM subscriptions
                WHERE organization_id = $2 AND ($3::uuid IS NULL OR customer_id = $3) AND ($4::uuid IS NULL OR id < $4)
                ORDER BY id DESC LIMIT $5
                """, [now, organizationID, customerID, cursor, limit]), in: tx)
    }

    /// The subscriptions of the rows with their items, in the order of the rows.
    static func whole(_ rows: Rows, in tx: borrowing Transaction) throws -> [Subscription] {
        var subscriptions = try rows.map { row in try Subscription(row) }
        guard !subscriptions.isEmpty else { return [] }
        var items: [SubscriptionID: [Subscription.Item]] = [:]
        let found = try tx.query(
            """
            SELECT i.subscription_id, i.quantity, l.name, \(prefixedPriceColumns)
            FROM subscription_items i JOIN prices p ON p.id = i.price_id JOIN plans l ON l.id = p.plan_id
            WHERE i.subscription_id = ANY ($1) ORDER BY i.subscription_id, i.position
            """, [subscriptions.map(\.id)])
        for row in found {
            let quantity = try row.get(1, as: Int64?.self).map { Quantity(millionths: $0) }
            let item = Subscription.Item(
                price: try Price(row, at: 3), planName: try row[2], quantity: quantity)
            items[try row.get(0), default: []].append(item)
        }
        for index in subscriptions.indices {
            subscriptions[index].items = items[subscriptions[index].id] ?? []
        }
        return subscriptions
    }

    private static let prefixedPriceColumns = Price.columns.split(separator: ", ").map { "p.\($0)" }
        .joined(separator: ", ")

    static func insert(_ subscription: Subscription, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO subscriptions (\(Subscription.storedColumns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                $22, $23)
            """,
            [
                subscription.id, subscription.organizationID, subscription.customerID, subscription.currency,
                subscription.zone.name, subscription.life.state, subscription.life.endsWithPeriod,
                subscription.interval.unit, subscription.interval.count, subscription.anchor,
                subscription.periodKind, subscription.periodStart, subscription.periodEnd,
                subscription.trialEndsAt, subscription.endedAt, subscription.invoicing, subscription.dueDays,
                subscription.latestInvoiceID, subscription.metadata, subscription.generation,
                subscription.sequence, subscription.createdAt, subscription.updatedAt,
            ])
        try insertItems(of: subscription, in: tx)
    }

    private static func insertItems(
        of subscription: Subscription, in tx: borrowing Transaction
    ) throws(PostgresError) {
        let items = subscription.items
        try tx.send(
            """
            WITH used AS (UPDATE prices SET is_used = true WHERE id = ANY ($2) AND NOT is_used)
            INSERT INTO subscription_items (subscription_id, position, price_id, quantity)
            SELECT $1, t.position - 1, t.price_id, t.quantity
            FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY AS t (price_id, quantity, position)
            """, [subscription.id, items.map(\.price.id), items.map(\.quantity?.millionths)])
    }

    static func replaceItems(
        of subscription: Subscription, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send("DELETE FROM subscription_items WHERE subscription_id = $1", [subscription.id])
        try insertItems(of: subscription, in: tx)
    }

    /// Writes what changes.
    static func update(_ subscription: Subscription, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            UPDATE subscriptions SET state = $2, ends_with_period = $3, anchor = $4, period_kind = $5,
                period_start = $6, period_end = $7, ended_at = $8, latest_invoice_id = $9, generation = $10,
                sequence = $11, updated_at = $12
            WHERE id = $1
            """,
            [
                subscription.id, subscription.life.state, subscription.life.endsWithPeriod,
                subscription.anchor, subscription.periodKind, subscription.periodStart,
                subscription.periodEnd, subscription.endedAt, subscription.latestInvoiceID,
                subscription.generation, subscription.sequence, subscription.updatedAt,
            ])
    }

    /// Ends the present period at a moment that may be before or after what was planned.
    static func endPeriod(
        of subscription: Subscription, at end: Instant, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            "UPDATE subscription_periods SET period_end = $3 WHERE subscription_id = $1 AND period_start = $2",
            [subscription.id, subscription.periodStart, end])
    }

    /// Writes the period that has begun; its key keeps it from beginning twice.
    static func beginPeriod(
        of subscription: Subscription, invoiceID: InvoiceID?, in tx: borrowing Transaction
    ) throws(PostgresError) {
        let isEnd = subscription.periodKind == .end
        try tx.send(
            """
            INSERT INTO subscription_periods (subscription_id, period_start, period_end, kind, invoice_id)
            VALUES ($1, $2, $3, $4, $5)
            """,
            [
                subscription.id, subscription.periodStart,
                isEnd ? subscription.periodStart : subscription.periodEnd, subscription.periodKind,
                invoiceID,
            ])
    }
}
