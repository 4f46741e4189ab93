import EventContracts
import Messaging
import Postgres
import Primitives

/// Counts on invoices the mails that a mail server has taken.
struct CountDeliveredMail: EventHandler {
    typealias Payload = MailDelivered

    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("a mail is stamped as delivered once") }

    func handle(_ batch: [Received<MailDelivered>], in tx: borrowing Transaction) throws {
        let mails = batch.filter { $0.payload.invoiceID != nil }.map(\.payload)
        guard !mails.isEmpty else { return }
        try tx.send(
            """
            WITH delivered AS (
                UPDATE invoice_mails m SET delivered_at = t.delivered_at
                FROM unnest($1::uuid[], $2::timestamptz[]) AS t (mail_id, delivered_at)
                WHERE m.mail_id = t.mail_id AND m.delivered_at IS NULL
                RETURNING m.invoice_id, t.delivered_at, m.is_copy, m.kind
            ), counted AS (
                SELECT invoice_id, count(*) FILTER (WHERE NOT is_copy)::integer AS mails,
                    max(delivered_at) AS latest
                FROM delivered WHERE kind <> 'credit_note' GROUP BY invoice_id
            )
            UPDATE invoices i SET email_sent_count = i.email_sent_count + c.mails,
                email_sent_at = greatest(i.email_sent_at, c.latest), updated_at = $3
            FROM counted c WHERE i.id = c.invoice_id
            """, [mails.map(\.mailID), mails.map(\.deliveredAt), clock.now()])
    }
}
