import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Queues one receipt for each payment that reached an invoice.
///
/// What a sender entered by hand gets none: the client was given one when the money was handed over. Address and name
/// are looked up when the mail is written, behind the charges.
struct QueueReceipt: EnvelopeHandler {
    let clock: any WallClock

    var types: [String] { [InvoicePaymentApplied.descriptor.type] }
    var deduplication: Deduplication { .naturalKey("a payment has one receipt") }

    func handle(_ batch: [ReceivedEnvelope], in tx: borrowing Transaction) throws {
        let now = clock.now()
        try MailRequest.insert(try batch.compactMap { try mail($0, now) }, in: tx)
    }

    /// The parts that the payment went to: those which got more by it.
    private func instalments(
        of invoice: EventFields, paidBy payment: EventFields
    ) throws(HandlingFailure) -> MailInstalments? {
        let parts = invoice.objects("parts")
        guard !parts.isEmpty else { return nil }
        var stored: [Instalment] = []
        for part in parts {
            let no = Int(clamping: try part.int64("no"))
            stored.append(
                Instalment(
                    number: no, dueDate: try part.date("due_date"), amount: try part.int64("amount_minor")))
        }
        let (paid, credited) = (
            try invoice.int64("amount_paid_minor"), try invoice.int64("amount_credited_minor")
        )
        let before = try paid - payment.int64("amount_minor")
        let filled = zip(
            InstalmentStanding.all(of: stored, paid: before, credited: credited),
            InstalmentStanding.all(of: stored, paid: paid, credited: credited)
        ).filter { $0.paid < $1.paid }.map(\.1.instalment.number)
        guard let first = filled.first, let last = filled.last else { return nil }
        return MailInstalments(first: first, last: last, count: stored.count)
    }

    private func mail(_ event: ReceivedEnvelope, _ now: Instant) throws(HandlingFailure) -> MailRequest? {
        let fields = EventFields(event.envelope.data)
        let (invoice, payment) = (fields.object("invoice"), fields.object("payment"))
        guard try payment.text("source") != PaymentSource.manual.rawValue else { return nil }
        let paymentID = try payment.id("payment_id", of: Kind.Payment.self)
        let facts = MailFacts(
            number: try invoice.text("number"), currency: try invoice.currency("currency"),
            amountMinor: try payment.int64("amount_minor"),
            instalments: try instalments(of: invoice, paidBy: payment))
        return MailRequest(
            id: .new(at: now), cause: "receipt/\(paymentID)", kind: .receipt,
            organizationID: try invoice.id("organization_id", of: Kind.Organization.self),
            customerID: try invoice.id("customer_id", of: Kind.Customer.self),
            accountID: invoice.optionalID("account_id", of: Kind.Account.self),
            invoiceID: try invoice.id("invoice_id", of: Kind.Invoice.self), facts: facts,
            envelope: event.envelope, requestedAt: clock.systemNow())
    }
}
