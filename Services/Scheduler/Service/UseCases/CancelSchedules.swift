import EventContracts
import Postgres
import Primitives

/// Cancels schedules and remembers cancellations of unknown ones, whose requests may still be on their way.
struct CancelSchedules: Sendable {
    /// A cancellation and who asks for it.
    struct Request: Sendable {
        let requester: String
        let scheduleID: ScheduleID
        let generation: Int64
    }

    private let clock: any WallClock
    private let metrics: SchedulerMetrics

    init(clock: any WallClock, metrics: SchedulerMetrics) {
        self.clock = clock
        self.metrics = metrics
    }

    func callAsFunction(_ requests: [Request], in tx: borrowing Transaction) throws {
        var newest: [ScheduleID: Request] = [:]
        for request in requests
        where newest[request.scheduleID].map({ $0.generation < request.generation }) ?? true {
            newest[request.scheduleID] = request
        }
        let list = newest.values.sorted { $0.scheduleID < $1.scheduleID }.map {
            ScheduleStore.Cancelled(id: $0.scheduleID, requester: $0.requester, generation: $0.generation)
        }
        let news = try ScheduleStore.cancel(list, at: clock.now(), in: tx)
        let (metrics, count) = (metrics, requests.count)
        tx.afterCommit { metrics.cancelled(news: news, of: count) }
    }
}
