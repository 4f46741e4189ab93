public import Primitives

/// When a sender reminds of invoices, counted in days from the due date: negative before it, 0 on it, positive after it.
public struct ReminderRules: Sendable, Hashable {
    /// Invoices with one due date, and which rule they are reminded by.
    public struct Step: Sendable, Hashable {
        /// When they are due.
        public let dueDate: CivilDate
        /// The rule.
        public let days: Int

        /// The day that the rule names.
        public var day: CivilDate { dueDate.adding(days: days) }
    }

    /// Whether anything is sent without being asked for.
    public let isEnabled: Bool
    /// In ascending order, each once.
    public let days: [Int]

    /// What holds unless somebody says otherwise.
    public static let usual = ReminderRules(isEnabled: true, days: [-3, 0, 7, 14])
    /// The rules that make sense.
    public static let daysRange: ClosedRange<Int64> = -60...180
    /// How many rules there can be.
    public static let countMaximum = 10
    /// What lies further back than this is not made up.
    public static let catchUpDays = 7

    /// Rules in any order.
    public init(isEnabled: Bool, days: [Int]) {
        self.isEnabled = isEnabled
        self.days = Set(days).sorted()
    }

    /// What is to be sent when a day has come, in the order of due dates.
    ///
    /// After an absence it makes up the days in between, and of several rules of one invoice only the last.
    ///
    /// - Parameters:
    ///   - done: The last day that was dealt with.
    ///   - come: The day that has come.
    /// - Returns: One step for each due date.
    public func steps(after done: CivilDate, through come: CivilDate) -> [Step] {
        guard isEnabled, done < come else { return [] }
        let missed = min(come.daysSince1970 - done.daysSince1970, Self.catchUpDays)
        var latest: [CivilDate: Int] = [:]
        for back in 0..<missed {
            let day = come.adding(days: -back)
            for offset in days {
                let dueDate = day.adding(days: -offset)
                latest[dueDate] = max(latest[dueDate] ?? offset, offset)
            }
        }
        return latest.map { Step(dueDate: $0.key, days: $0.value) }.sorted { $0.dueDate < $1.dueDate }
    }
}

/// What a reminder says.
public enum ReminderKind: String, Sendable, Hashable, CaseIterable {
    /// It will be collected by itself: there is nothing to do.
    case announcement
    /// It is due soon or today.
    case reminder
    /// It should have been paid.
    case overdue

    /// What is said some days after the due date, or before it.
    ///
    /// What was not collected by itself until the due date is asked for like anything else.
    public init(daysAfterDue days: Int, isAutopay: Bool) {
        if days > 0 {
            self = .overdue
        } else {
            self = isAutopay ? .announcement : .reminder
        }
    }
}
