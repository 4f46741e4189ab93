import Observability

/// What a pool counts, under the names that dashboards and alerts use.
struct PoolMetrics: Sendable {
    private let wait: Histogram
    private let use: Histogram
    private let inUse: Gauge
    private let connections: Gauge
    private let retries: CounterFamily
    private let connects: Counter
    private let connectFailures: Counter
    private let refusals: Counter
    private let unknownOutcomes: Counter
    private let pool: String

    init(_ metrics: Metrics, pool: String) {
        self.pool = pool
        wait = metrics.histogram(
            "db_pool_wait_seconds", "How long work waited for a connection", labels: ["pool"]
        ).with(pool)
        use = metrics.histogram(
            "db_pool_use_seconds", "How long work held a connection", labels: ["pool"]
        ).with(pool)
        inUse = metrics.gauge("db_pool_in_use", "Connections at work", labels: ["pool"]).with(pool)
        connections = metrics.gauge("db_pool_connections", "Connections that are up", labels: ["pool"]).with(
            pool)
        retries = metrics.counter(
            "db_transaction_retries_total", "Transactions run again after a conflict",
            labels: ["pool", "cause"])
        connects = metrics.counter("db_connects_total", "Connections made", labels: ["pool"]).with(pool)
        connectFailures = metrics.counter(
            "db_connect_failures_total", "Connections that could not be made", labels: ["pool"]
        ).with(pool)
        refusals = metrics.counter(
            "db_pool_refusals_total", "Work refused because the queue was full or slow", labels: ["pool"]
        ).with(pool)
        unknownOutcomes = metrics.counter(
            "db_unknown_outcomes_total", "Connections lost at COMMIT", labels: ["pool"]
        ).with(pool)
    }

    func began(afterWaiting waited: Duration) {
        wait.observe(waited)
        inUse.add(1)
    }

    func ended(after duration: Duration) {
        use.observe(duration)
        inUse.add(-1)
    }

    func refused() { refusals.add() }

    func retried(_ code: PostgresError.Code) { retries.add(1, pool, code.rawValue) }

    func outcomeUnknown() { unknownOutcomes.add() }

    func connected() {
        connects.add()
        connections.add(1)
    }

    func disconnected() { connections.add(-1) }

    func connectFailed() { connectFailures.add() }
}
