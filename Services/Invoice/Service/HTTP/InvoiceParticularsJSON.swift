import InvoiceDomain
import Postgres
import Primitives

/// Writes the parts of invoices and lines that are about discounts, taxes and the sender's own words.
enum InvoiceParticularsJSON {
    static func write(_ invoice: Invoice, into writer: inout JSONWriter) {
        let particulars = invoice.particulars
        let total = invoice.changing.standing.amounts.total
        writer.member("external_id", particulars.externalID)
        writer.member("recurring_invoice_id", particulars.occurrence?.recurringInvoiceID)
        writer.member("occurrence_date", particulars.occurrence?.date)
        writer.member("po_number", particulars.poNumber)
        writer.member("terms", particulars.terms)
        writer.member("footer", particulars.footer)
        writer.member("template_id", particulars.templateID)
        if let metadata = particulars.metadata {
            writer.key("metadata")
            writer.raw(metadata.bytes)
        }
        writer.member("subtotal", decimal: invoice.money(particulars.subtotal ?? total))
        if let coupon = particulars.coupon {
            writer.key("coupon")
            writer.beginObject()
            writer.member("id", coupon.id)
            writer.member("code", coupon.code)
            writer.endObject()
        }
        write(particulars.discount, in: invoice, into: &writer)
        writer.member("discount_total", decimal: invoice.money(particulars.discountTotal))
        writer.member("tax_status", invoice.taxStatus.rawValue)
        writer.member("tax_note", invoice.taxStatus.note)
        writer.member("tax_total", decimal: invoice.money(particulars.taxTotal))
        writer.member("total_excluding_tax", decimal: invoice.money(total - particulars.taxTotal))
    }

    /// By rate, as the rates were when the invoice was priced.
    static func writeTaxSummary(of invoice: Invoice, into writer: inout JSONWriter) {
        writer.key("tax_summary")
        writer.beginArray()
        for total in invoice.particulars.taxes {
            writer.beginObject()
            writer.member("tax_rate_id", total.rate.id)
            writer.member("name", total.rate.name)
            writer.key("percentage")
            writer.number(text: total.rate.percentage.percent.text)
            writer.member("inclusive", total.rate.isInclusive)
            writer.member("country", total.rate.country)
            writer.member("jurisdiction", total.rate.jurisdiction)
            writer.member("net", decimal: invoice.money(total.net))
            writer.member("tax", decimal: invoice.money(total.tax))
            writer.member("gross", decimal: invoice.money(total.gross))
            writer.endObject()
        }
        writer.endArray()
    }

    static func write(_ line: InvoiceLine, of invoice: Invoice, into writer: inout JSONWriter) {
        write(line.discount, in: invoice, into: &writer)
        if line.amounts.discount != 0 {
            writer.member("discount_total", decimal: invoice.money(line.amounts.discount))
        }
        if !line.taxRates.isEmpty {
            writer.member("tax_rates", strings: line.taxRates.map(\.description))
            writer.member("tax_total", decimal: invoice.money(line.amounts.tax))
        }
        if let metadata = line.metadata {
            writer.key("metadata")
            writer.raw(metadata)
        }
    }

    /// What is taken off a line or the whole, as it was given.
    static func write(_ discount: Discount?, in invoice: Invoice, into writer: inout JSONWriter) {
        guard let discount else { return }
        writer.key("discount")
        writer.beginObject()
        switch discount {
        case .percent(let percentage):
            writer.key("percent")
            writer.number(text: percentage.percent.text)
        case .fixed(let amount): writer.member("amount", decimal: invoice.money(amount))
        }
        writer.endObject()
    }
}
