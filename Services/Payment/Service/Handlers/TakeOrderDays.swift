import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// The days of standing orders have come, or the day on which a refused payment of one is tried again.
///
/// Days that fell into a time when nobody was there are all paid, the oldest first, as banks do: what is owed has not
/// become less. Days of a pause are not.
struct TakeOrderDays: EventHandler {
    typealias Payload = ScheduleDue

    let outbox: Outbox
    let clock: any WallClock
    /// Wakes the loop that pays.
    let onDue: @Sendable () -> Void

    let deduplication = Deduplication.naturalKey(
        "an order stands at its next day, each of its days is one row, and a retry has a step")

    func handle(_ batch: [Received<ScheduleDue>], in tx: borrowing Transaction) throws {
        for due in batch where ![OrderEvents.dayKind, OrderEvents.retryKind].contains(due.payload.kind) {
            throw HandlingFailure.permanent("no timer of the kind \(due.payload.kind) is known here")
        }
        let now = clock.now()
        try StandingOrderStore.retry(
            batch.filter { $0.payload.kind == OrderEvents.retryKind }.map {
                (PaymentID($0.payload.scheduleID.raw), $0.payload.generation)
            }, now: clock.systemNow(), in: tx)
        try takeDays(batch.filter { $0.payload.kind == OrderEvents.dayKind }, now: now, in: tx)
        tx.afterCommit(onDue)
    }

    private func takeDays(
        _ batch: [Received<ScheduleDue>], now: Instant, in tx: borrowing Transaction
    ) throws {
        guard !batch.isEmpty else { return }
        let dues = Dictionary(grouping: batch) { StandingOrderID($0.payload.scheduleID.raw) }
        let orders = try StandingOrderStore.lock(Array(dues.keys), in: tx)
        guard orders.count == dues.count else {
            throw HandlingFailure.permanent("a standing order of these timers is not known here")
        }
        var days: [(order: StoredOrder, day: CivilDate)] = []
        var events: [OutgoingEvent] = []
        for stored in orders {
            var order = stored
            for due in (dues[order.id] ?? []).sorted(by: { $0.payload.date < $1.payload.date }) {
                while order.series.accepts(generation: due.payload.generation),
                    let next = order.series.next, next.date <= due.payload.date
                {
                    if !next.isSkipped { days.append((order, next.date)) }
                    order.series.pass()
                }
                if order.series.state == .finished, stored.series.state != .finished,
                    order.sequence == stored.sequence
                {
                    let cause = EventCause(following: due.envelope, clockTime: now)
                    events.append(try OrderEvents(cause: cause).changed(&order))
                }
            }
            guard order.series != stored.series else { continue }
            order.updatedAt = now
            try StandingOrderStore.update(order, in: tx)
        }
        try StandingOrderStore.addDays(days, now: clock.systemNow(), in: tx)
        try outbox.write(events, in: tx)
    }
}
