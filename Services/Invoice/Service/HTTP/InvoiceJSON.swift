import InvoiceDomain
import Primitives

/// Writes invoices as the interface shows them: amounts as exact decimals, currencies in lower case.
enum InvoiceJSON {
    static func bytes(_ invoice: Invoice, lines: [InvoiceLine]?, at now: Instant) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        write(invoice, lines: lines, at: now, into: &writer)
        return writer.bytes
    }

    static func bytes(_ invoices: [Invoice], at now: Instant) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024 * invoices.count)
        writer.beginArray()
        for invoice in invoices { write(invoice, lines: nil, at: now, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    /// An invoice that is not there: without ids.
    static func preview(_ invoice: Invoice, lines: [InvoiceLine], at now: Instant) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        write(invoice, lines: lines, isPreview: true, at: now, into: &writer)
        return writer.bytes
    }

    private static func write(
        _ invoice: Invoice, lines: [InvoiceLine]?, isPreview: Bool = false, at now: Instant,
        into writer: inout JSONWriter
    ) {
        let standing = invoice.changing.standing
        writer.beginObject()
        if !isPreview { writer.member("id", invoice.id) }
        writer.member("customer_id", invoice.customerID)
        writer.member("subscription_id", invoice.subscriptionID)
        writer.member("wallet_id", invoice.walletID)
        writer.member("status", standing.state.rawValue)
        writer.member("payment_status", standing.debt.rawValue)
        writer.member("is_paid", standing.state == .paid)
        writer.member("number", invoice.number)
        writer.member("reference_id", invoice.number)
        writer.member("title", invoice.title)
        writer.member("description", invoice.description)
        writer.member("currency", invoice.currency.code.lowercased())
        InvoiceParticularsJSON.write(invoice, into: &writer)
        writer.member("total", decimal: invoice.money(standing.amounts.total))
        writer.member("amount_due", decimal: invoice.money(standing.amountDue))
        writer.member("amount_paid", decimal: invoice.money(standing.amounts.paid))
        writer.member("amount_refunded", decimal: invoice.money(standing.amounts.refunded))
        writer.member("amount_credited", decimal: invoice.money(standing.amounts.credited))
        writer.member("allow_partial_payments", invoice.particulars.offersPartialPayments)
        writer.members(
            instalments: invoice.instalments, in: invoice.currency, on: invoice.zone.date(at: now))
        writer.member("issue_date", invoice.issueDate)
        writer.member("due_date", invoice.dueDate)
        writer.member("created_at", invoice.createdAt)
        writer.member("updated_at", invoice.updatedAt)
        writer.member("finalized_at", invoice.finalizedAt)
        writer.member("paid_at", invoice.changing.paidAt)
        writer.member("voided_at", invoice.changing.voidedAt)
        writer.member("uncollectible_at", invoice.changing.uncollectibleAt)
        writer.member("overdue_at", invoice.changing.overdueAt)
        writer.member("email_sent", invoice.emailSentCount > 0)
        writer.member("email_sent_at", invoice.emailSentAt)
        writer.member("email_sent_count", invoice.emailSentCount)
        if let lines {
            InvoiceParticularsJSON.writeTaxSummary(of: invoice, into: &writer)
            write(lines, of: invoice, isPreview: isPreview, into: &writer)
        }
        writer.endObject()
    }

    private static func write(
        _ lines: [InvoiceLine], of invoice: Invoice, isPreview: Bool, into writer: inout JSONWriter
    ) {
        writer.key("line_items")
        writer.beginArray()
        for line in lines {
            writer.beginObject()
            if !isPreview { writer.member("id", line.id) }
            writer.member("description", line.description)
            let price = line.unitPrice.inUnits(of: invoice.currency).text
            writer.key("amount")
            writer.number(text: price)
            if line.hasFinePrice {
                // An amount that is read back must not be finer than the currency; this may.
                writer.key("unit_amount")
                writer.number(text: price)
            }
            writer.key("quantity")
            writer.number(text: line.quantity.text)
            writer.member("total", decimal: invoice.money(line.total))
            InvoiceParticularsJSON.write(line, of: invoice, into: &writer)
            writer.endObject()
        }
        writer.endArray()
    }
}
