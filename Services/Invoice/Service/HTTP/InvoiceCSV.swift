import InvoiceDomain
import Primitives

/// Writes a list of invoices as a table: one row each, amounts as exact decimals with all digits of their currency.
enum InvoiceCSV {
    private static let names = [
        "id", "number", "status", "payment_status", "customer_id", "customer_name", "title", "currency",
        "total",
        "amount_due", "amount_paid", "amount_refunded", "amount_credited", "issue_date", "due_date",
        "created_at",
        "finalized_at", "paid_at", "voided_at",
    ]

    /// The first row.
    static var header: [UInt8] {
        var writer = CSVWriter(capacity: 256)
        for name in names { writer.plain(name) }
        writer.endRow()
        return writer.bytes
    }

    static func rows(_ invoices: [Invoice], names: [CustomerID: String]) -> [UInt8] {
        var writer = CSVWriter(capacity: 256 * invoices.count)
        for invoice in invoices { write(invoice, name: names[invoice.customerID], into: &writer) }
        return writer.bytes
    }

    private static func write(_ invoice: Invoice, name: String?, into writer: inout CSVWriter) {
        let standing = invoice.changing.standing
        let amounts = standing.amounts
        writer.plain(invoice.id)
        writer.plain(invoice.number)
        writer.plain(standing.state.rawValue)
        writer.plain(standing.debt.rawValue)
        writer.plain(invoice.customerID)
        writer.text(name)
        writer.text(invoice.title)
        writer.plain(invoice.currency.code.lowercased())
        for amount in [amounts.total, standing.amountDue, amounts.paid, amounts.refunded, amounts.credited] {
            writer.plain(invoice.money(amount).decimal)
        }
        writer.plain(invoice.issueDate)
        writer.plain(invoice.dueDate)
        writer.plain(invoice.createdAt)
        writer.plain(invoice.finalizedAt)
        writer.plain(invoice.changing.paidAt)
        writer.plain(invoice.changing.voidedAt)
        writer.endRow()
    }
}
