/// One dated part of a debt that is paid in several.
public struct Instalment: Hashable, Sendable {
    /// Its place, from 1.
    public let number: Int
    /// The last day to pay it.
    public let dueDate: CivilDate
    /// What it asks for, in minor units.
    public let amount: Int64

    /// A part.
    public init(number: Int, dueDate: CivilDate, amount: Int64) {
        self.number = number
        self.dueDate = dueDate
        self.amount = amount
    }
}

/// Where one part stands.
///
/// Nothing of this is stored: it follows from what was paid and credited for the whole. Money fills the parts in their
/// order, because what is due first is settled first. What is credited lowers the last parts first, because a credit
/// note makes the debt smaller and not its first days later: what was agreed for the near future stays as it was.
public struct InstalmentStanding: Hashable, Sendable {
    /// In a word.
    public enum Status: String, Hashable, Sendable, CaseIterable {
        /// Nothing has come for it yet.
        case open
        /// Nothing is to come for it any more.
        case paid
        /// Some of it has come.
        case partiallyPaid = "partially_paid"
        /// Its day has passed with something open.
        case overdue
    }

    /// The part.
    public let instalment: Instalment
    /// What of the money that came fell to it.
    public let paid: Int64
    /// What credit notes took off it.
    public let credited: Int64
    /// Whether it still counts; nothing is due on an invoice that was cancelled.
    public let isOwed: Bool

    /// What is still to come.
    public var due: Int64 { isOwed ? instalment.amount - credited - paid : 0 }

    /// Where it stands on a day.
    public func status(on today: CivilDate) -> Status {
        guard due > 0 else { return isOwed || paid > 0 ? .paid : .open }
        if instalment.dueDate < today { return .overdue }
        return paid > 0 ? .partiallyPaid : .open
    }

    /// Where all parts of a debt stand.
    ///
    /// - Parameters:
    ///   - parts: In their order; they add up to the whole.
    ///   - paid: What came for the whole; what is beyond the debt falls to no part.
    ///   - credited: What was taken off the whole.
    ///   - isOwed: Whether the whole still counts.
    /// - Returns: One for each part.
    public static func all(
        of parts: [Instalment], paid: Int64, credited: Int64, isOwed: Bool = true
    ) -> [InstalmentStanding] {
        var toCredit = credited
        var credits: [Int64] = []
        for part in parts.reversed() {
            let credit = min(part.amount, toCredit)
            credits.append(credit)
            toCredit -= credit
        }
        var toPay = paid
        return zip(parts, credits.reversed()).map { part, credit in
            let payment = min(part.amount - credit, toPay)
            toPay -= payment
            return InstalmentStanding(instalment: part, paid: payment, credited: credit, isOwed: isOwed)
        }
    }
}

extension [InstalmentStanding] {
    /// The part that is to be paid next.
    public var next: InstalmentStanding? { first { $0.due > 0 } }
}

extension JSONWriter {
    /// The members `instalments` and `next_instalment` of an invoice that is paid in parts; nothing without parts.
    public mutating func members(
        instalments: [InstalmentStanding], in currency: Currency, on today: CivilDate
    ) {
        guard !instalments.isEmpty else { return }
        key("instalments")
        beginArray()
        for standing in instalments { write(standing, in: currency, on: today) }
        endArray()
        guard let next = instalments.next else { return }
        key("next_instalment")
        write(next, in: currency, on: today)
    }

    private mutating func write(_ standing: InstalmentStanding, in currency: Currency, on today: CivilDate) {
        func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: currency) }
        beginObject()
        member("no", standing.instalment.number)
        member("due_date", standing.instalment.dueDate)
        member("amount", decimal: money(standing.instalment.amount))
        member("amount_paid", decimal: money(standing.paid))
        member("amount_credited", decimal: money(standing.credited))
        member("amount_due", decimal: money(standing.due))
        member("status", standing.status(on: today).rawValue)
        endObject()
    }
}
