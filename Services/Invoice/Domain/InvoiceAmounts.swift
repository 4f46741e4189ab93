/// What an invoice asks for and what became of it, in minor units of its currency.
public struct InvoiceAmounts: Sendable, Hashable {
    /// What the lines add up to; fixed at finalize.
    public let total: Int64
    /// Everything received, by every path, before refunds.
    public let paid: Int64
    /// What was given back of it.
    public let refunded: Int64
    /// What credit notes took off the total.
    public let credited: Int64

    /// The amounts of an invoice.
    public init(total: Int64, paid: Int64 = 0, refunded: Int64 = 0, credited: Int64 = 0) {
        self.total = total
        self.paid = paid
        self.refunded = refunded
        self.credited = credited
    }

    /// What is owed in the end, whoever paid it.
    public var owed: Int64 { max(0, total - credited) }

    /// What is still to come; a refund never makes it grow again.
    public var open: Int64 { max(0, owed - paid) }

    /// What came beyond what is owed, before refunds.
    public var surplus: Int64 { max(0, paid - owed) }

    /// What is there beyond what is owed, after refunds: what is still to be given back.
    public var excess: Int64 { max(0, paid - refunded - owed) }

    func crediting(_ amount: Int64) -> InvoiceAmounts {
        InvoiceAmounts(total: total, paid: paid, refunded: refunded, credited: credited + amount)
    }

    func receiving(_ amount: Int64) -> InvoiceAmounts {
        InvoiceAmounts(total: total, paid: paid + amount, refunded: refunded, credited: credited)
    }

    func refunding(_ amount: Int64) -> InvoiceAmounts {
        InvoiceAmounts(total: total, paid: paid, refunded: refunded + amount, credited: credited)
    }
}
