import EventContracts
import Postgres
import Primitives
import ServiceKit

/// Publishes subscriptions as they are.
struct SubscriptionSnapshots: SnapshotSource {
    let clock: any WallClock

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let now = clock.now()
        let writer = SubscriptionEvents(cause: EventCause(traceparent: nil, clockTime: now))
        let subscriptions = try SubscriptionStore.whole(
            tx.query(
                """
                SELECT \(Subscription.columns) FROM subscriptions WHERE ($2::uuid IS NULL OR id > $2)
                ORDER BY id LIMIT $3 FOR SHARE
                """, [now, cursor, limit]), in: tx)
        let events = try subscriptions.map { try writer.snapshot($0) }
        return (events, subscriptions.count < limit ? nil : subscriptions.last?.id.raw)
    }
}
