import EventContracts
import Messaging
import Postgres

/// A service asked for a schedule.
struct StoreScheduleRequested: EventHandler {
    typealias Payload = ScheduleRequested

    let store: StoreRequests

    var deduplication: Deduplication { .naturalKey("a schedule is stored where its generation is higher") }

    func handle(_ batch: [Received<ScheduleRequested>], in tx: borrowing Transaction) throws {
        try store(
            batch.map { .init(requester: $0.envelope.requester, schedule: $0.payload.schedule) }, in: tx)
    }
}

/// A service asked for another rule of a schedule.
struct StoreScheduleChanged: EventHandler {
    typealias Payload = ScheduleChanged

    let store: StoreRequests

    var deduplication: Deduplication { .naturalKey("a schedule is stored where its generation is higher") }

    func handle(_ batch: [Received<ScheduleChanged>], in tx: borrowing Transaction) throws {
        try store(
            batch.map { .init(requester: $0.envelope.requester, schedule: $0.payload.schedule) }, in: tx)
    }
}

/// A service needs a schedule no more.
struct CancelRequestedSchedule: EventHandler {
    typealias Payload = ScheduleCancelled

    let cancel: CancelSchedules

    var deduplication: Deduplication { .naturalKey("a cancellation that is known changes nothing") }

    func handle(_ batch: [Received<ScheduleCancelled>], in tx: borrowing Transaction) throws {
        try cancel(
            batch.map {
                .init(
                    requester: $0.envelope.requester, scheduleID: $0.payload.scheduleID,
                    generation: $0.payload.generation)
            }, in: tx)
    }
}

extension EventEnvelope {
    /// The service that published it: `payment` for the source `/payment`.
    fileprivate var requester: String { source.hasPrefix("/") ? String(source.dropFirst()) : source }
}
