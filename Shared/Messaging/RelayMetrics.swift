import Observability

/// What is counted about the outbox.
struct RelayMetrics: Sendable {
    let pending: Gauge
    let oldestSeconds: Gauge
    let stuck: Gauge
    let leader: Gauge
    let held: Counter
    let unroutable: Counter

    init(_ metrics: Metrics) {
        pending = metrics.gauge("outbox_pending", "Events that are not published yet.").with()
        oldestSeconds = metrics.gauge("outbox_oldest_seconds", "Age of the oldest unpublished event.").with()
        stuck = metrics.gauge("outbox_stuck", "Events that were refused again and again.").with()
        leader = metrics.gauge("outbox_leader", "Whether this process publishes the outbox.").with()
        held = metrics.counter("outbox_held_total", "Times an event was held back.").with()
        unroutable =
            metrics.counter("outbox_unroutable_total", "Times an event found no queue that takes it.").with()
    }
}
