import Observability

/// What is counted about mails.
struct MailMetrics: Sendable {
    private let attempts: CounterFamily

    init(_ metrics: Metrics) {
        attempts = metrics.counter(
            "notification_mail_attempts_total", "Attempts to send a mail by how they ended.",
            labels: ["ending"])
    }

    func count(_ ending: String) { attempts.with(ending).add() }
}
