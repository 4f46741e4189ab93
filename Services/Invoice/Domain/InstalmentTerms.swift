public import Primitives

/// Why an invoice cannot be paid in the parts that were named.
public enum InstalmentViolation: Error, Sendable, Hashable {
    /// There are fewer than two parts, or too many.
    case countOutOfRange
    /// The day of a part, counted from 1, lies before that of the part before it.
    case datesDescend(Int)
    /// The shares do not come to a hundred percent.
    case sharesNotWhole
    /// The amounts come to something else than the invoice.
    case amountsDoNotAddUp(sum: Int64, total: Int64)
    /// A part, counted from 1, would ask for nothing.
    case partEmpty(Int)
    /// The deposit leaves nothing for the other parts.
    case depositTooLarge
    /// The days lie beyond the calendar.
    case datesOutOfRange
}

/// How an invoice is paid in parts, as its sender asked for it; what each part comes to follows from the total.
public enum InstalmentTerms: Sendable, Hashable {
    /// A part with a fixed amount.
    public struct Amount: Sendable, Hashable {
        /// The last day to pay it.
        public let dueDate: CivilDate
        /// In minor units.
        public let amount: Int64

        /// A part.
        public init(dueDate: CivilDate, amount: Int64) {
            self.dueDate = dueDate
            self.amount = amount
        }
    }

    /// A part that is a share of whatever the invoice comes to.
    public struct Share: Sendable, Hashable {
        /// The last day to pay it.
        public let dueDate: CivilDate
        /// Of the total.
        public let percentage: Percentage

        /// A part.
        public init(dueDate: CivilDate, percentage: Percentage) {
            self.dueDate = dueDate
            self.percentage = percentage
        }
    }

    /// Fixed amounts; they come to the total exactly.
    case amounts([Amount])
    /// Shares; they come to a hundred percent exactly.
    case shares([Share])
    /// Equal parts by the calendar.
    case schedule(InstalmentSchedule)

    /// No invoice has more parts.
    public static let maximumCount = 60

    /// The parts of an invoice.
    ///
    /// - Parameters:
    ///   - total: What the invoice comes to, in minor units.
    ///   - issueDate: The day it is issued, on which a deposit is due; as long as it is a draft, today.
    /// - Returns: Parts whose amounts add up to the total.
    /// - Throws: Why there are none.
    public func parts(
        of total: Int64, issuedOn issueDate: CivilDate
    ) throws(InstalmentViolation) -> [Instalment] {
        let (dates, amounts) = try divided(total, issueDate)
        guard (2...Self.maximumCount).contains(dates.count) else { throw .countOutOfRange }
        let sum = amounts.reduce(Int128(0)) { $0 + Int128($1) }
        guard sum == Int128(total) else {
            throw .amountsDoNotAddUp(sum: Int64(clamping: sum), total: total)
        }
        for index in dates.indices {
            guard amounts[index] > 0 else { throw .partEmpty(index + 1) }
            guard index == 0 || dates[index - 1] <= dates[index] else { throw .datesDescend(index + 1) }
        }
        return dates.indices.map { index in
            Instalment(number: index + 1, dueDate: dates[index], amount: amounts[index])
        }
    }

    private func divided(
        _ total: Int64, _ issueDate: CivilDate
    ) throws(InstalmentViolation) -> ([CivilDate], [Int64]) {
        switch self {
        case .amounts(let parts): return (parts.map(\.dueDate), parts.map(\.amount))
        case .shares(let parts):
            let weights = parts.map(\.percentage.partsPerMillion)
            guard weights.reduce(0, +) == Percentage.whole else { throw .sharesNotWhole }
            return (parts.map(\.dueDate), Apportionment.parts(of: total, by: weights) ?? [])
        case .schedule(let schedule): return try schedule.divided(total, issueDate)
        }
    }

    /// The day from which a schedule counts, or that of the first part.
    public var firstDueDate: CivilDate? {
        switch self {
        case .amounts(let parts): parts.first?.dueDate
        case .shares(let parts): parts.first?.dueDate
        case .schedule(let schedule): schedule.firstDueDate
        }
    }

    /// Whether it names money, which is of one currency.
    public var namesAmounts: Bool {
        switch self {
        case .amounts: true
        case .shares: false
        case .schedule(let schedule): if case .fixed = schedule.deposit { true } else { false }
        }
    }

    /// The same, so many days later.
    public func moved(byDays days: Int) -> InstalmentTerms {
        switch self {
        case .amounts(let parts):
            return .amounts(parts.map { Amount(dueDate: $0.dueDate.adding(days: days), amount: $0.amount) })
        case .shares(let parts):
            return .shares(
                parts.map { Share(dueDate: $0.dueDate.adding(days: days), percentage: $0.percentage) })
        case .schedule(var schedule):
            schedule.firstDueDate = schedule.firstDueDate.adding(days: days)
            return .schedule(schedule)
        }
    }
}
