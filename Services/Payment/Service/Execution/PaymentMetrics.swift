import Observability
import PaymentDomain
import Primitives

/// What the payment service counts.
struct PaymentMetrics: Sendable {
    private let metrics: Metrics
    private let gatewaySeconds: HistogramFamily
    private let differences: Gauge
    private let refusals: Counter
    private let openings: Counter

    init(_ metrics: Metrics) {
        self.metrics = metrics
        refusals = metrics.counter(
            "payment_gateway_refusals_total", "Charges that the gateway put off because it had too many."
        ).with()
        openings = metrics.counter(
            "payment_gateway_breaks_total", "How often charges were kept back because the gateway failed."
        ).with()
        gatewaySeconds = metrics.histogram(
            "payment_gateway_seconds", "Time from sending a charge to its answer.", labels: ["outcome"])
        differences = metrics.gauge(
            "payment_reconciliation_differences",
            "In how much the books and the gateway's own list differ, unresolved."
        ).with()
    }

    func reconciled(openDifferences count: Int64) { differences.set(Double(count)) }

    func gatewayAnswered(_ outcome: GatewayOutcome, after duration: Duration) {
        gatewaySeconds.with(outcome.word).observe(duration)
    }

    func gatewayRefused() { refusals.add() }

    func breakerOpened() { openings.add() }

    /// Shows what may be sent.
    func observe(_ valve: GatewayValve) {
        metrics.observe(
            "payment_gateway_rest_seconds", "How long nothing will be sent to the gateway.", kind: .gauge
        ) { [weak valve] in valve?.restLeft?.inSeconds ?? 0 }
        metrics.observe(
            "payment_gateway_calls_allowed", "Calls to the gateway that may be in flight at once.",
            kind: .gauge
        ) { [weak valve] in Double(valve?.allowed.calls ?? 0) }
        metrics.observe(
            "payment_gateway_rate_allowed", "Calls to the gateway that may be sent in a second.", kind: .gauge
        ) { [weak valve] in Double(valve?.allowed.perSecond ?? 0) }
    }
}

extension GatewayOutcome {
    /// One word of few, for labels and logs.
    fileprivate var word: String {
        switch self {
        case .charged: "charged"
        case .refused: "refused"
        case .needsAction: "needs_action"
        case .notExecuted: "not_executed"
        case .rejected: "rejected"
        case .keyInUse: "key_in_use"
        case .lost: "lost"
        }
    }
}
