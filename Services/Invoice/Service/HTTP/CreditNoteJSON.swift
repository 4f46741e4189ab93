import InvoiceDomain
import Primitives

/// Writes credit notes as the interface shows them.
enum CreditNoteJSON {
    static func bytes(_ note: CreditNote) -> [UInt8] {
        var writer = JSONWriter()
        write(note, into: &writer)
        return writer.bytes
    }

    static func bytes(_ notes: [CreditNote]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * notes.count)
        writer.beginArray()
        for note in notes { write(note, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ note: CreditNote, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", note.id)
        writer.member("invoice_id", note.invoiceID)
        writer.member("customer_id", note.customerID)
        writer.member("number", note.number)
        writer.member("status", note.voidedAt == nil ? "issued" : "voided")
        writer.member("reason", note.reason)
        writer.member("currency", note.currency.code.lowercased())
        writer.member("amount", decimal: note.money(note.amounts.amount))
        writer.member("tax_total", decimal: note.money(note.amounts.tax))
        writer.member("total_excluding_tax", decimal: note.money(note.amounts.amount - note.amounts.tax))
        writer.member("settle", note.settlement.rawValue)
        writer.member("amount_reduced", decimal: note.money(note.reduced))
        writer.member("amount_returned", decimal: note.money(note.returned))
        writer.key("tax_summary")
        writer.beginArray()
        for (rate, tax) in note.amounts.taxes.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.member("tax_rate_id", rate)
            writer.member("tax", decimal: note.money(tax))
            writer.endObject()
        }
        writer.endArray()
        writeLines(of: note, into: &writer)
        writer.member("issue_date", note.issueDate)
        writer.member("created_at", note.createdAt)
        writer.member("voided_at", note.voidedAt)
        writer.member("sent_at", note.sentAt)
        writer.endObject()
    }

    private static func writeLines(of note: CreditNote, into writer: inout JSONWriter) {
        writer.key("line_items")
        writer.beginArray()
        for line in note.amounts.lines {
            writer.beginObject()
            writer.member("id", line.id)
            if let quantity = line.quantity {
                writer.key("quantity")
                writer.number(text: quantity.text)
            }
            writer.member("amount", decimal: note.money(line.amount))
            writer.member("tax_total", decimal: note.money(line.tax))
            writer.endObject()
        }
        writer.endArray()
    }
}
