import EventContracts
import InvoiceDomain
import Primitives

/// Writes the snapshot that every event about an invoice carries, member by member.
///
/// What never changes once an invoice is issued is written once and copied from then on; only the rest is written for
/// each event. What comes out reads back as `InvoiceSnapshot`.
enum InvoiceSnapshotWriter {
    /// The members that are fixed when the invoice is issued, without braces around them.
    static func fixedMembers(of invoice: Invoice, lines: [InvoiceLine]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + 160 * lines.count)
        writer.member("invoice_id", invoice.id)
        writer.member("organization_id", invoice.organizationID)
        writer.member("customer_id", invoice.customerID)
        writer.member("number", invoice.number)
        writer.member("currency", invoice.currency)
        writer.member("zone", invoice.zone)
        writer.member("total_minor", invoice.changing.standing.amounts.total)
        writer.member("issue_date", invoice.issueDate)
        writer.member("due_date", invoice.dueDate)
        writer.member("created_at", invoice.createdAt)
        writer.member("finalized_at", invoice.finalizedAt)
        writer.member("subscription_id", invoice.subscriptionID)
        writer.member("wallet_id", invoice.walletID)
        writeParticulars(of: invoice, into: &writer)
        writer.key("lines")
        writer.beginArray()
        for line in lines {
            writer.beginObject()
            writer.member("line_id", line.id)
            writer.member("quantity", line.quantity.text)
            writer.member("unit_amount_minor", line.unitAmount)
            if line.hasFinePrice { writer.member("unit_amount_decimal", line.unitPrice.text) }
            writer.member("total_minor", line.total)
            writer.member("discount_minor", present(line.amounts.discount))
            writer.member("tax_minor", present(line.amounts.tax))
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    private static func writeParticulars(of invoice: Invoice, into writer: inout JSONWriter) {
        let particulars = invoice.particulars
        writer.member("subtotal_minor", particulars.subtotal)
        writer.member("discount_total_minor", present(particulars.discountTotal))
        writer.member("tax_total_minor", present(particulars.taxTotal))
        if invoice.taxStatus != .taxable { writer.member("tax_status", invoice.taxStatus.rawValue) }
        writer.member("coupon_id", particulars.coupon?.id)
        writer.member("recurring_invoice_id", particulars.occurrence?.recurringInvoiceID)
        if particulars.offersPartialPayments { writer.member("allows_partial_payments", true) }
        writeParts(particulars.instalments, into: &writer)
        guard !particulars.taxes.isEmpty else { return }
        writer.key("taxes")
        writer.beginArray()
        for total in particulars.taxes {
            writer.beginObject()
            writer.member("tax_rate_id", total.rate.id)
            writer.member("percentage", total.rate.percentage.percent.text)
            writer.member("is_inclusive", total.rate.isInclusive)
            writer.member("net_minor", total.net)
            writer.member("tax_minor", total.tax)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func writeParts(_ parts: [Instalment], into writer: inout JSONWriter) {
        guard !parts.isEmpty else { return }
        writer.key("parts")
        writer.beginArray()
        for part in parts {
            writer.beginObject()
            writer.member("no", part.number)
            writer.member("due_date", part.dueDate)
            writer.member("amount_minor", part.amount)
            writer.endObject()
        }
        writer.endArray()
    }

    /// What many events do without is left out of them.
    private static func present(_ amount: Int64) -> Int64? {
        amount == 0 ? nil : amount
    }

    /// The snapshot as the member `invoice` of the payload that is being written.
    static func write(_ changing: InvoiceChanging, fixedMembers: [UInt8], into writer: inout JSONWriter) {
        let standing = changing.standing
        writer.key("invoice")
        writer.beginObject()
        writer.raw(fixedMembers)
        writer.member("account_id", changing.accountID)
        writer.member("status", standing.state.rawValue)
        writer.member("payment_status", standing.debt.rawValue)
        writer.member("amount_paid_minor", standing.amounts.paid)
        writer.member("amount_refunded_minor", standing.amounts.refunded)
        writer.member("amount_credited_minor", standing.amounts.credited)
        if changing.amountToCredit > 0 { writer.member("amount_to_credit_minor", changing.amountToCredit) }
        writer.member("amount_due_minor", standing.amountDue)
        writer.member("paid_at", changing.paidAt)
        writer.member("voided_at", changing.voidedAt)
        if let expiresAt = changing.payLink.expiresAt {
            writer.key("pay_link")
            writer.beginObject()
            writer.member("generation", changing.payLink.generation)
            writer.member("expires_at", expiresAt)
            writer.member("is_one_time", changing.payLink.isOneTime)
            writer.endObject()
        }
        writer.endObject()
    }
}
