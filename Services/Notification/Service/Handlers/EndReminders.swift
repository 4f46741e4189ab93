import EventContracts
import Messaging
import Postgres
import Primitives

/// Lets reminders that wait to be sent expire as soon as their invoice asks for nothing any more.
///
/// They come in the order of their invoice's events, so none is queued after the event that makes it pointless.
struct EndReminders: EnvelopeHandler {
    let clock: any WallClock

    var types: [String] {
        [
            InvoicePaid.descriptor.type, InvoiceVoided.descriptor.type,
            InvoiceMarkedUncollectible.descriptor.type,
        ]
    }
    var deduplication: Deduplication { .naturalKey("what has expired stays expired") }

    func handle(_ batch: [ReceivedEnvelope], in tx: borrowing Transaction) throws {
        let invoices = try batch.map { event in
            try EventFields(event.envelope.data).object("invoice").id("invoice_id", of: Kind.Invoice.self)
        }
        try tx.send(
            """
            UPDATE mails SET expires_at = least(expires_at, $2)
            WHERE state = 'queued' AND kind IN ('reminder', 'overdue', 'announcement') AND invoice_id = ANY ($1)
            """, [invoices, clock.now()])
    }
}
