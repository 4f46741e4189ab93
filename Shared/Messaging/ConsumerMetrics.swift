import EventContracts
import Observability
import Primitives

/// What is counted about the consumer of one queue.
struct ConsumerMetrics: Sendable {
    /// What a consumer is doing, as the value of its gauge.
    enum State: Double {
        case stopped = 0
        case running = 1
        case probing = 2
        case suspecting = 3
    }

    private let queue: String
    private let handledTotal: CounterFamily
    private let endToEnd: HistogramFamily
    private let retriesTotal: CounterFamily
    private let deadTotal: CounterFamily
    private let handleSeconds: Histogram
    private let duplicatesTotal: Counter
    private let inFlight: Gauge
    private let state: Gauge

    init(_ metrics: Metrics, queue: String) {
        self.queue = queue
        handledTotal = metrics.counter(
            "messaging_handled_total", "Messages by how their handling ended.",
            labels: ["queue", "type", "result"])
        endToEnd = metrics.histogram(
            "messaging_end_to_end_seconds", "Time from writing an event to its handling.", labels: ["type"])
        retriesTotal = metrics.counter(
            "messaging_retries_total", "Messages that are tried again later.", labels: ["queue", "step"])
        deadTotal = metrics.counter(
            "messaging_dead_total", "Messages that became dead letters.", labels: ["queue", "reason"])
        handleSeconds =
            metrics.histogram("messaging_handle_seconds", "Time to handle a batch.", labels: ["queue"])
            .with(queue)
        duplicatesTotal =
            metrics.counter(
                "messaging_duplicates_total", "Events that had been handled before.", labels: ["queue"]
            ).with(queue)
        inFlight =
            metrics.gauge("messaging_inflight", "Messages being handled.", labels: ["queue"]).with(queue)
        state =
            metrics.gauge(
                "messaging_consumer_state", "0 stopped, 1 running, 2 waiting for the database, 3 suspecting.",
                labels: ["queue"]
            ).with(queue)
    }

    func enter(_ newState: State) { state.set(newState.rawValue) }

    func began(_ count: Int) { inFlight.set(Double(count)) }

    func batchHandled(_ duration: Duration) {
        inFlight.set(0)
        handleSeconds.observe(duration)
    }

    /// Counts events of a batch that succeeded, one update per type.
    func handled(_ events: [ReadEvent], duplicates: Int, now: Instant) {
        var counts: [String: Int] = [:]
        for event in events { counts[event.envelope.type, default: 0] += 1 }
        for (type, count) in counts { handledTotal.with(queue, type, "ok").add(count) }
        for event in events { endToEnd.with(event.envelope.type).observe(now - event.envelope.time) }
        duplicatesTotal.add(duplicates)
    }

    func settled(type: String, result: String) { handledTotal.with(queue, type, result).add() }

    func retried(step: Int) { retriesTotal.with(queue, String(step)).add() }

    func died(reason: String) { deadTotal.with(queue, reason).add() }
}
