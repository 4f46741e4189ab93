import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// The mails that wait to be sent.
///
/// A courier takes some for a while; if it dies, others get them when that is over.
struct MailQueue: Sendable {
    let pool: PostgresPool
    let outbox: Outbox

    /// What a courier says about one mail.
    struct Report: Sendable, Equatable {
        /// How a mail ended, or that it did not.
        enum Ending: String, Sendable {
            case queued
            case sent
            case failed
            case obsolete
        }

        let id: MailID
        let ending: Ending
        let refusals: Int
        let nextAttemptAt: Instant
        let error: String?
    }

    /// Takes mails that are due, under a lease that ends by itself.
    func claim(_ limit: Int, lease: RawID, until end: Instant, now: Instant) async throws -> [QueuedMail] {
        try await pool.transaction { tx in
            _ = try tx.query(Self.readByIndex)
            return try tx.query(Self.claimStatement, [now, limit, lease, end]).map { row in
                try QueuedMail(row)
            }
        }
    }

    /// Writes down what became of claimed mails, with the events that tell about it.
    func record(_ reports: [Report], of mails: [QueuedMail], lease: RawID, now: Instant) async throws {
        let byID = Dictionary(mails.map { ($0.id, $0) }) { first, _ in first }
        let outbox = outbox
        try await pool.transaction { tx in
            let written = try tx.query(
                Self.recordStatement,
                [
                    reports.map(\.id), reports.map(\.ending.rawValue), reports.map { Int32($0.refusals) },
                    reports.map(\.nextAttemptAt), reports.map(\.error), lease, now,
                ]
            ).column(0, as: MailID.self)
            let settled = Set(written)
            let events = try reports.filter { settled.contains($0.id) }.compactMap { report in
                try byID[report.id].flatMap { try Self.event(report, $0, now) }
            }
            try outbox.write(events, in: tx)
        }
    }

    private static func event(_ report: Report, _ mail: QueuedMail, _ now: Instant) throws -> OutgoingEvent? {
        let cause = EventCause(
            correlationID: mail.correlationID, causationID: mail.causationID, traceparent: nil, clockTime: now
        )
        switch report.ending {
        case .queued, .obsolete: return nil
        case .sent:
            return try OutgoingEvent(
                MailDelivered(
                    mailID: mail.id, kind: mail.kind.rawValue, invoiceID: mail.invoiceID, deliveredAt: now),
                subject: mail.id, tenant: mail.organizationID, sequence: 1, cause: cause)
        case .failed:
            return try OutgoingEvent(
                MailFailed(
                    mailID: mail.id, kind: mail.kind.rawValue, invoiceID: mail.invoiceID,
                    reason: report.error ?? ""), subject: mail.id, tenant: mail.organizationID, sequence: 1,
                cause: cause)
        }
    }

    /// Behind a burst of charges the list grows faster than its statistics: without this the planner would read and
    /// sort all of it for each batch.
    private static let readByIndex = """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)
        """

    private static let claimStatement = """
        WITH due AS (
            SELECT id FROM mails WHERE state = 'queued' AND next_attempt_at <= $1
            ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ), m AS (
            UPDATE mails SET lease = $3, next_attempt_at = $4 FROM due WHERE mails.id = due.id RETURNING mails.*
        )
        SELECT \(QueuedMail.columns) FROM \(QueuedMail.tables)
        """

    /// A link is not kept longer than the mail that carries it.
    private static let recordStatement = """
        UPDATE mails m SET state = t.state, attempts = t.attempts, last_error = t.error, lease = NULL,
            next_attempt_at = t.next_attempt_at,
            sealed_link = CASE WHEN t.state = 'queued' THEN m.sealed_link END,
            finished_at = CASE WHEN t.state <> 'queued' THEN $7::timestamptz END
        FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[], $5::text[])
            AS t (id, state, attempts, next_attempt_at, error)
        WHERE m.id = t.id AND m.lease = $6
        RETURNING m.id
        """
}
