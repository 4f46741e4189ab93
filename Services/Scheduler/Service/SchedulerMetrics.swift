import Observability
import Primitives

/// What the scheduler counts.
struct SchedulerMetrics: Sendable {
    private let occurrences: Counter
    private let lateness: Histogram
    private let lag: Gauge
    private let requests: CounterFamily

    init(_ metrics: Metrics) {
        occurrences = metrics.counter("scheduler_occurrences_total", "Occurrences that went off").with()
        lateness = metrics.histogram(
            "scheduler_lateness_seconds", "How late occurrences went off",
            buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3_600]
        ).with()
        lag = metrics.gauge("scheduler_lag_seconds", "How long the oldest schedule has been due").with()
        requests = metrics.counter(
            "scheduler_requests_total", "Requests that arrived", labels: ["kind", "result"])
    }

    func fired(_ list: [Duration]) {
        occurrences.add(list.count)
        for one in list { lateness.observe(one) }
    }

    func lag(_ duration: Duration) { lag.set(max(0, duration.inSeconds)) }

    func stored(news: Int, of count: Int) { add("stored", news: news, of: count) }

    func cancelled(news: Int, of count: Int) { add("cancelled", news: news, of: count) }

    private func add(_ kind: String, news: Int, of count: Int) {
        requests.add(news, kind, "news")
        requests.add(count - news, kind, "outdated")
    }
}
