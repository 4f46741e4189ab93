public import Primitives

/// What follows from a standing order without any choice: who pays what when, under which ids.
public enum StandingOrder {
    /// The one payment that a day of an order can have, so that no day is paid twice.
    public static func paymentID(of order: StandingOrderID, day: CivilDate) -> PaymentID {
        PaymentID(.v5(namespace: order.raw, name: day.description))
    }

    /// The timer that tells of the days of an order.
    public static func scheduleID(of order: StandingOrderID) -> ScheduleID { ScheduleID(order.raw) }

    /// The timer that tells of the next try of a refused payment.
    public static func scheduleID(ofRetry payment: PaymentID) -> ScheduleID { ScheduleID(payment.raw) }

    /// What of an amount goes to which open invoice: the oldest first, each in full before the next gets anything.
    ///
    /// - Parameters:
    ///   - amountMinor: What there is, in minor units.
    ///   - open: What is open on each invoice; in any order.
    /// - Returns: What each gets that gets anything, and what nobody needs.
    public static func settle(
        _ amountMinor: Int64, open: [(invoiceID: InvoiceID, openMinor: Int64)]
    ) -> (allocations: [(invoiceID: InvoiceID, amountMinor: Int64)], restMinor: Int64) {
        var rest = max(0, amountMinor)
        var allocations: [(invoiceID: InvoiceID, amountMinor: Int64)] = []
        for (invoice, open) in open.sorted(by: { $0.invoiceID < $1.invoiceID }) where rest > 0 && open > 0 {
            let part = min(rest, open)
            allocations.append((invoice, part))
            rest -= part
        }
        return (allocations, rest)
    }
}
