import InvoiceDomain
import Postgres
import Primitives

/// Writes series as the interface shows them.
enum RecurringJSON {
    static func bytes(_ recurring: RecurringInvoice, paid: Set<RecurringInvoiceID>) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        write(recurring, isPaid: paid.contains(recurring.id), into: &writer)
        return writer.bytes
    }

    /// Series; those among the paid have a card of the payer that collects their invoices.
    static func bytes(_ list: [RecurringInvoice], paid: Set<RecurringInvoiceID>) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024 * list.count)
        writer.beginArray()
        for recurring in list { write(recurring, isPaid: paid.contains(recurring.id), into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    /// How many days to come are shown.
    static let upcomingMaximum = 12

    /// The days whose invoices will be made next, as far as nothing changes.
    static func upcoming(_ recurring: RecurringInvoice) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writeUpcoming(recurring, into: &writer)
        return writer.bytes
    }

    /// A series that is not there, with its first invoice.
    static func preview(_ recurring: RecurringInvoice, _ first: InvoiceChange) -> [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.key("upcoming")
        writeUpcoming(recurring, into: &writer)
        writer.key("invoice")
        writer.raw(InvoiceJSON.preview(first.invoice, lines: first.lines, at: first.invoice.createdAt))
        writer.endObject()
        return writer.bytes
    }

    private static func writeUpcoming(_ recurring: RecurringInvoice, into writer: inout JSONWriter) {
        writer.beginArray()
        for date in recurring.series.upcoming(limit: upcomingMaximum) {
            writer.beginObject()
            writer.member("date", date)
            writer.member("at", recurring.series.rule.moment(of: date))
            writer.member("due_date", date.adding(days: recurring.terms.dueAfterDays))
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(
        _ recurring: RecurringInvoice, isPaid: Bool, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", recurring.id)
        writer.member("name", recurring.name)
        writer.member("customer_id", recurring.customerID)
        writer.member("external_id", recurring.externalID)
        if let metadata = recurring.metadata {
            writer.key("metadata")
            writer.raw(metadata.bytes)
        }
        writer.member("status", recurring.series.state.rawValue)
        if let attention = recurring.attention {
            writer.key("attention")
            writer.beginObject()
            writer.member("code", attention.code)
            writer.member("detail", attention.detail)
            writer.endObject()
        }
        write(recurring.series, into: &writer)
        writer.member("last_date", recurring.lastDate)
        writer.member("invoice_count", recurring.invoiceCount)
        writer.member("due_after_days", recurring.terms.dueAfterDays)
        writer.member("auto_finalize", recurring.terms.finalizes)
        writer.member("auto_send", recurring.terms.sends)
        writer.member("autopay", isPaid)
        writer.key("invoice")
        writer.raw(recurring.content.bytes)
        writer.member("created_at", recurring.createdAt)
        writer.member("updated_at", recurring.updatedAt)
        writer.endObject()
    }

    private static func write(_ series: RecurringSeries, into writer: inout JSONWriter) {
        let rule = series.rule
        writer.member("every", rule.every)
        writer.member("unit", rule.unit.rawValue)
        if rule.unit.hasAnchorDay { writer.member("anchor_day", rule.anchorDay) }
        writer.member("time", rule.time)
        writer.member("zone", rule.zone)
        writer.member("start_date", rule.start)
        writer.member("end_date", rule.until)
        writer.member("count", rule.count)
        let next = series.upcoming(limit: 1).first
        writer.member("next_date", next)
        writer.member("next_at", series.state == .active ? next.map(rule.moment) : nil)
        writer.member("skipped_dates", strings: series.skipped.sorted().map(\.description))
    }
}
