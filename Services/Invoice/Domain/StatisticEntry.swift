public import Primitives

/// What is counted about invoices and money.
public enum StatisticMeasure: Sendable, Hashable {
    /// Invoices that were issued, on the day of issue.
    case issued
    /// Invoices that were cancelled, on the day of their issue.
    case voided
    /// What credit notes have taken off invoices that stand, on the day of the invoices' issue.
    case credited
    /// Invoices on which nothing is open any more, on the day of their issue.
    case paid
    /// Invoices that are given up, on the day of their issue.
    case uncollectible
    /// Invoices that somebody still has to pay, on the day on which they are due.
    case open
    /// Money that came by some method, on the day on which it came.
    case collected(method: String)
    /// Money given back that had come by some method, on the day on which it went.
    case refunded(method: String)

    /// As it is stored.
    public var text: String {
        switch self {
        case .issued: "issued"
        case .voided: "voided"
        case .credited: "credited"
        case .paid: "paid"
        case .uncollectible: "uncollectible"
        case .open: "open"
        case .collected(let method): "collected/\(method)"
        case .refunded(let method): "refunded/\(method)"
        }
    }

    /// Reads what `text` wrote.
    public init?(_ text: String) {
        let parts = text.split(separator: "/" as Character, maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("issued", 1): self = .issued
        case ("voided", 1): self = .voided
        case ("credited", 1): self = .credited
        case ("paid", 1): self = .paid
        case ("uncollectible", 1): self = .uncollectible
        case ("open", 1): self = .open
        case ("collected", 2): self = .collected(method: parts[1])
        case ("refunded", 2): self = .refunded(method: parts[1])
        default: return nil
        }
    }
}

/// On which day what is counted.
public struct StatisticKey: Sendable, Hashable {
    /// Where the organization is.
    public let day: CivilDate
    /// What is counted.
    public let measure: StatisticMeasure

    /// A measure of a day.
    public init(day: CivilDate, measure: StatisticMeasure) {
        self.day = day
        self.measure = measure
    }
}

/// How many, how much and how long; one currency.
public struct StatisticValue: Sendable, Hashable {
    /// How many invoices or payments.
    public var count: Int64
    /// Minor units.
    public var amount: Int64
    /// From issue to payment, added up.
    public var seconds: Int64

    /// Nothing.
    public static let zero = StatisticValue(count: 0, amount: 0)

    /// A value.
    public init(count: Int64, amount: Int64, seconds: Int64 = 0) {
        self.count = count
        self.amount = amount
        self.seconds = seconds
    }

    /// Adds two values.
    public static func + (left: StatisticValue, right: StatisticValue) -> StatisticValue {
        StatisticValue(
            count: left.count + right.count, amount: left.amount + right.amount,
            seconds: left.seconds + right.seconds)
    }

    /// The value that takes this one back.
    public static prefix func - (value: StatisticValue) -> StatisticValue {
        StatisticValue(count: -value.count, amount: -value.amount, seconds: -value.seconds)
    }
}
