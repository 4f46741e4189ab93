public import Observability

/// What is counted about broker connections.
public struct AMQPMetrics: Sendable {
    private let publishedTotal: CounterFamily
    private let confirmSeconds: Histogram
    private let connectionUp: GaugeFamily
    private let connectionBlocked: GaugeFamily
    private let reconnectsTotal: CounterFamily
    private let watchdogTotal: Counter

    /// Registers the metrics; several connections share them.
    public init(_ metrics: Metrics) {
        publishedTotal = metrics.counter(
            "messaging_published_total", "Published messages by what became of them.",
            labels: ["exchange", "result"])
        confirmSeconds =
            metrics.histogram("messaging_confirm_seconds", "Time from writing a message to its confirm.")
            .with()
        connectionUp = metrics.gauge(
            "messaging_connection_up", "Whether a connection to the broker is open.", labels: ["role"])
        connectionBlocked = metrics.gauge(
            "messaging_connection_blocked", "Whether the broker does not read from this connection.",
            labels: ["role"])
        reconnectsTotal = metrics.counter(
            "messaging_reconnects_total", "Connections to the broker that ended or could not be made.",
            labels: ["role"])
        watchdogTotal =
            metrics.counter(
                "messaging_call_watchdog_total", "Calls into the broker's library that had to be cut off."
            ).with()
    }

    func published(exchange: String, result: String, _ count: Int = 1) {
        publishedTotal.with(exchange, result).add(count)
    }

    func confirmed(after duration: Duration) { confirmSeconds.observe(duration) }

    func connectionOpened(role: String) {
        connectionUp.with(role).set(1)
        connectionBlocked.with(role).set(0)
    }

    func connectionLost(role: String) {
        connectionUp.with(role).set(0)
        connectionBlocked.with(role).set(0)
    }

    func blocked(role: String, _ isBlocked: Bool) { connectionBlocked.with(role).set(isBlocked ? 1 : 0) }

    func reconnecting(role: String) { reconnectsTotal.with(role).add() }

    func watchdogFired() { watchdogTotal.add() }
}
