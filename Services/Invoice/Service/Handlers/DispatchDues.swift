import EventContracts
import Messaging
import Postgres

/// Does what some kinds of this service's timers stand for.
protocol DueHandler: Sendable {
    /// The kinds it was asked for with.
    var kinds: Set<String> { get }

    /// Handles timers of these kinds in the order of their arrival, all in one transaction; each may come again.
    func handle(_ dues: [Received<ScheduleDue>], in tx: borrowing Transaction) throws
}

/// Hands each timer that went off to the one handler of its kind.
///
/// A kind that nobody here knows was asked for by another release: it becomes a dead letter instead of being lost.
struct DispatchDues: EventHandler {
    typealias Payload = ScheduleDue

    let handlers: [any DueHandler]

    var deduplication: Deduplication {
        .naturalKey(
            "each handler knows the days that it has dealt with, and drops what is of an older generation")
    }

    func handle(_ batch: [Received<ScheduleDue>], in tx: borrowing Transaction) throws {
        for due in batch where !handlers.contains(where: { $0.kinds.contains(due.payload.kind) }) {
            throw HandlingFailure.permanent("no timer of the kind \(due.payload.kind) is known here")
        }
        for handler in handlers {
            let own = batch.filter { handler.kinds.contains($0.payload.kind) }
            if !own.isEmpty { try handler.handle(own, in: tx) }
        }
    }
}
