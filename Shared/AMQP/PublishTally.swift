/// Counts the outcomes of one confirm frame, so that a run of a thousand costs one update of the metric.
struct PublishTally {
    private var exchange = ""
    private var result = ""
    private var count = 0
    private var total = 0

    /// Whether exactly one outcome has been counted.
    var isFirst: Bool { total == 1 }

    mutating func add(_ exchange: String, _ result: String, _ metrics: AMQPMetrics) {
        if exchange != self.exchange || result != self.result {
            flush(metrics)
            self.exchange = exchange
            self.result = result
        }
        count += 1
        total += 1
    }

    mutating func flush(_ metrics: AMQPMetrics) {
        guard count > 0 else { return }
        metrics.published(exchange: exchange, result: result, count)
        count = 0
    }
}
