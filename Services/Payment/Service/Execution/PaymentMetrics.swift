import Observability
import PaymentDomain

/// What the payment service counts.
struct PaymentMetrics: Sendable {
    private let gatewaySeconds: HistogramFamily
    private let differences: Gauge

    init(_ metrics: Metrics) {
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
