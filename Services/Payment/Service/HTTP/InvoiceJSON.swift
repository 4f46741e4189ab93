import EventContracts
import PaymentDomain
import Primitives

/// An invoice as the payment routes show it.
enum InvoiceJSON {
    static func write(
        _ view: PayableStore.View, autopay: MandateScope? = nil, at now: Instant,
        into writer: inout JSONWriter
    ) {
        let currency = view.payable.currency
        func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: currency) }
        writer.beginObject()
        writer.member("id", view.payable.invoiceID)
        writer.member("number", view.number)
        writer.member("status", view.status.rawValue)
        writer.member("is_paid", view.status == .paid)
        writer.member("sender", view.organizationName)
        writer.member("currency", currency.code.lowercased())
        writer.member("total", decimal: money(view.payable.totalMinor))
        writer.member("amount_due", decimal: money(view.payable.openMinor))
        writer.member("amount_paid", decimal: money(view.payable.collectedMinor))
        writer.member("due_date", view.dueDate)
        writer.member("allow_partial_payments", view.allowsPartial)
        writer.members(instalments: view.instalments, in: currency, on: view.zone.date(at: now))
        writer.member("recurring_invoice_id", view.recurringInvoiceID)
        if let autopay { writer.member("autopay", autopay.name) }
        writer.endObject()
    }

    /// An invoice; what the card covers that pays it by itself, where there is one.
    static func bytes(_ view: PayableStore.View, autopay: MandateScope? = nil, at now: Instant) -> [UInt8] {
        var writer = JSONWriter()
        write(view, autopay: autopay, at: now, into: &writer)
        return writer.bytes
    }
}
