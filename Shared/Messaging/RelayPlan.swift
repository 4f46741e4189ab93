import AMQP
import EventContracts
import Primitives

/// What the relay does with one batch; pure, so that its rules can be tested without a broker.
struct RelayPlan {
    /// Why an event stays in the outbox, and until when.
    struct Hold: Equatable {
        let id: Int64
        let attempts: Int
        let notBefore: Instant
        let reason: String
    }

    /// To be published now, in order.
    private(set) var publish: [PendingEvent] = []
    /// Not to be published before some queue exists.
    private(set) var holds: [Hold] = []

    /// Chooses from pending events in the order of their ids.
    ///
    /// Of each aggregate only the first is in flight at a time: if it is refused, no later one has overtaken it. The
    /// batch is a prefix of the list, so an earlier event of the same aggregate can only be in the batch itself.
    init(_ batch: [PendingEvent], missingQueues: (PendingEvent) -> [String], holdUntil: Instant) {
        var seen: Set<RawID> = []
        seen.reserveCapacity(batch.count)
        publish.reserveCapacity(batch.count)
        for event in batch where seen.insert(event.aggregate).inserted {
            if let queue = missingQueues(event).first {
                holds.append(
                    Hold(
                        id: event.id, attempts: event.attempts, notBefore: holdUntil,
                        reason: "waits for the queue \(queue)"))
            } else {
                publish.append(event)
            }
        }
    }

    /// What follows from the outcomes of publishing.
    struct Conclusion: Equatable {
        var confirmed: [Int64] = []
        var holds: [Hold] = []
        var unroutable = 0
        var unknown = 0
    }

    /// Sorts the published events by what became of them; an unknown outcome leaves the event as it is.
    func conclude(
        _ outcomes: [PublishOutcome], now: Instant, settings: RelaySettings
    ) -> Conclusion {
        var conclusion = Conclusion()
        conclusion.confirmed.reserveCapacity(publish.count)
        for (event, outcome) in zip(publish, outcomes) {
            switch outcome {
            case .confirmed: conclusion.confirmed.append(event.id)
            case .nacked:
                conclusion.holds.append(Self.failure(event, "refused by the broker", now, settings))
            case .unroutable:
                conclusion.unroutable += 1
                conclusion.holds.append(Self.failure(event, "no queue takes it", now, settings))
            case .unknown: conclusion.unknown += 1
            }
        }
        return conclusion
    }

    /// Those of some published events that carry people's data.
    func privateIDs(of ids: [Int64]) -> [Int64] {
        let suffix = "." + EventChannel.private.rawValue
        let candidates = Set(publish.lazy.filter { $0.exchange.hasSuffix(suffix) }.map(\.id))
        return candidates.isEmpty ? [] : ids.filter(candidates.contains)
    }

    private static func failure(
        _ event: PendingEvent, _ reason: String, _ now: Instant, _ settings: RelaySettings
    ) -> Hold {
        let doublings = min(event.attempts, 20)
        let wait = min(settings.retryMaximum, settings.retryBase * (1 << doublings))
        return Hold(id: event.id, attempts: event.attempts + 1, notBefore: now + wait, reason: reason)
    }
}
