/// Why a schedule's rule means nothing.
public enum RuleViolation: String, Error, Hashable, Sendable, CaseIterable {
    /// Neither a moment nor a day says when it begins.
    case missingStart
    /// Both a moment and a day say when it begins.
    case momentAndDay
    /// A repetition without its unit, or a unit without its number.
    case incompleteRepetition
    /// The number of units between two occurrences is not within 1 and 1000.
    case intervalOutOfRange
    /// The day of the month is not within 1 and 31.
    case anchorDayOutOfRange
    /// A day of the month for a rule that counts days or weeks.
    case anchorDayWithoutMonths
    /// A number of occurrences that is not within 1 and 1 000 000.
    case countOutOfRange
    /// The last day lies before the first.
    case endsBeforeItBegins
    /// An anchor day, a last day or a number of occurrences for something that happens once.
    case limitWithoutRepetition
}
