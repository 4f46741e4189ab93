import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Tells a sender that an invoice is paid.
///
/// It reads six members of the event instead of the whole: every charge ends here.
struct NoticeInvoicePaid: EnvelopeHandler {
    let clock: any WallClock

    var types: [String] { [InvoicePaid.descriptor.type] }
    var deduplication: Deduplication { .naturalKey("an event makes one notice for each audience") }

    func handle(_ batch: [ReceivedEnvelope], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let notices = try batch.map { event in
            let invoice = EventFields(event.envelope.data).object("invoice")
            return Notice(
                id: .new(at: now), eventID: event.envelope.id,
                organizationID: try invoice.id("organization_id", of: Kind.Organization.self), accountID: nil,
                kind: .invoicePaid, invoiceID: try invoice.id("invoice_id", of: Kind.Invoice.self),
                invoiceNumber: try invoice.text("number"), currency: try invoice.currency("currency"),
                amountMinor: try invoice.int64("amount_paid_minor"), date: nil, detail: nil, createdAt: now)
        }
        try Notice.insert(notices, in: tx)
    }
}
