public import Primitives

/// Equal parts, one every so many days, weeks, months or years, after a deposit if there is one.
public struct InstalmentSchedule: Sendable, Hashable {
    /// What is due at once.
    public enum Deposit: Sendable, Hashable {
        /// A share of the total.
        case percent(Percentage)
        /// In minor units.
        case fixed(Int64)
    }

    /// How many parts there are beside the deposit.
    public let count: Int
    /// The number of units between two parts.
    public let every: Int
    /// The unit.
    public let unit: RecurrenceUnit
    /// The day of the first part after the deposit.
    public var firstDueDate: CivilDate
    /// The first part of all, due on the day of the issue.
    public let deposit: Deposit?

    /// How many units may lie between two parts.
    public static let intervals = 1...366

    /// A schedule; what contradicts itself shows when it is applied to a total.
    public init(
        count: Int, every: Int, unit: RecurrenceUnit, firstDueDate: CivilDate, deposit: Deposit? = nil
    ) {
        self.count = count
        self.every = every
        self.unit = unit
        self.firstDueDate = firstDueDate
        self.deposit = deposit
    }

    func divided(
        _ total: Int64, _ issueDate: CivilDate
    ) throws(InstalmentViolation) -> ([CivilDate], [Int64]) {
        guard (1...InstalmentTerms.maximumCount).contains(count) else { throw .countOutOfRange }
        let dates = try dates()
        guard let deposit else { return (dates, equally(total)) }
        // What is issued after the first part was due asks for both at once.
        let first = min(issueDate, firstDueDate)
        let taken = try amount(of: deposit, in: total)
        return ([first] + dates, [taken] + equally(total - taken))
    }

    private func equally(_ amount: Int64) -> [Int64] {
        Apportionment.parts(of: amount, by: Array(repeating: 1, count: count)) ?? []
    }

    /// Rounded half up, like every share of an amount; the other parts take what is left.
    private func amount(of deposit: Deposit, in total: Int64) throws(InstalmentViolation) -> Int64 {
        let amount: Int64? =
            switch deposit {
            case .percent(let percentage): percentage.share(of: total)
            case .fixed(let amount): amount
            }
        guard let amount, amount < total else { throw .depositTooLarge }
        return amount
    }

    /// Each day is counted from the first, so that a short month never moves those after it.
    private func dates() throws(InstalmentViolation) -> [CivilDate] {
        let rule: RecurrenceRule
        do throws(RecurrenceViolation) {
            rule = try RecurrenceRule(
                start: firstDueDate, time: .chargeTime, zone: .utc, every: every, unit: unit, count: count)
        } catch {
            throw .datesOutOfRange
        }
        let dates = (0..<count).compactMap { rule.date(at: $0) }
        guard dates.count == count else { throw .datesOutOfRange }
        return dates
    }
}
