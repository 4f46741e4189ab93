import HTTPClient
import Lifecycle
import NotificationDomain
import Observability
import Primitives

/// Sends due mails, some at a time, and writes down what became of them.
///
/// Any number of couriers work side by side. A mail whose courier died after the server took it is sent again under the
/// same Message-ID.
struct MailCourier: Sendable {
    let queue: MailQueue
    let composer: MailComposer
    let carrier: any MailCarrier
    let settings: CourierSettings
    let clock: any WallClock
    let metrics: MailMetrics
    let log: Log

    /// Sends one batch.
    func round() async throws -> BackgroundLoop.Round {
        let now = clock.now()
        let lease = RawID.random()
        let mails = try await queue.claim(settings.batch, lease: lease, until: now + settings.lease, now: now)
        guard !mails.isEmpty else { return .idle }
        let reports = await withTaskGroup { group in
            for mail in mails { group.addTask { await deliver(mail, now: now) } }
            var reports: [MailQueue.Report] = []
            for await report in group { reports.append(report) }
            return reports
        }
        try await queue.record(reports, of: mails, lease: lease, now: clock.now())
        for report in reports { metrics.count(report.ending.rawValue) }
        return mails.count == settings.batch ? .more : .idle
    }

    private func deliver(_ mail: QueuedMail, now: Instant) async -> MailQueue.Report {
        do throws(MailComposer.Refusal) {
            let outgoing = try composer.compose(mail, now: now)
            return await hand(over: outgoing, mail)
        } catch {
            switch error {
            case .expired: return ended(mail, .obsolete, "its time was over")
            case .noAddress: return ended(mail, .obsolete, "the reader has no address")
            case .unusable(let reason): return ended(mail, .failed, reason)
            case .unknownReader: return report(mail, .refusedForNow, "the reader is not known yet")
            }
        }
    }

    private func hand(over outgoing: OutgoingMail, _ mail: QueuedMail) async -> MailQueue.Report {
        do throws(SMTPError) {
            try await carrier.send(outgoing)
            return report(mail, .taken, nil)
        } catch {
            log.info(
                "a mail was not taken", ["mail_id": LogValue(mail.id), "error": .string(Self.text(error))])
            switch error {
            case .transient: return report(mail, .refusedForNow, Self.text(error))
            case .permanent: return report(mail, .refusedForGood, Self.text(error))
            case .connection, .overloaded, .cancelled, .stopped:
                return report(mail, .notReached, Self.text(error))
            }
        }
    }

    private func report(
        _ mail: QueuedMail, _ outcome: DeliveryPolicy.Outcome, _ error: String?
    ) -> MailQueue.Report {
        switch settings.policy.step(after: outcome, refusals: mail.refusals) {
        case .done: return ended(mail, .sent, nil)
        case .giveUp: return ended(mail, .failed, error)
        case .retry(let wait):
            let refusals = mail.refusals + (outcome == .refusedForNow ? 1 : 0)
            return MailQueue.Report(
                id: mail.id, ending: .queued, refusals: refusals, nextAttemptAt: clock.now() + wait,
                error: error)
        }
    }

    private func ended(
        _ mail: QueuedMail, _ ending: MailQueue.Report.Ending, _ error: String?
    ) -> MailQueue.Report {
        MailQueue.Report(
            id: mail.id, ending: ending, refusals: mail.refusals, nextAttemptAt: clock.now(), error: error)
    }

    /// The mail server's words without the addresses in them.
    static func text(_ error: SMTPError) -> String {
        switch error {
        case .transient(let code, let reply), .permanent(let code, let reply):
            "\(code) \(withoutAddresses(reply))"
        case .connection(let detail, _): withoutAddresses(detail)
        case .overloaded: "too many mails wait"
        case .cancelled, .stopped: "the service is stopping"
        }
    }

    private static func withoutAddresses(_ text: String) -> String {
        text.split(separator: " ").map { $0.contains("@") ? "(address)" : String($0) }.joined(separator: " ")
    }
}
