public import Primitives

/// A language that mails are written in.
public enum MailLanguage: String, Sendable, CaseIterable {
    /// English, also for every language that is not known.
    case english = "en"
    /// German.
    case german = "de"

    /// The language of a tag such as `de-AT`; English for any other.
    public init(tag: String?) {
        let primary = tag?.split(whereSeparator: { $0 == "-" || $0 == "_" }).first?.lowercased()
        self = primary.flatMap { MailLanguage(rawValue: $0) } ?? .english
    }

    /// An amount as people write it: `€1,234.50`, `1.234,50 €`.
    public func text(_ money: Money) -> String {
        let negative = money.minorUnits < 0
        let decimal = money.decimal.drop { $0 == "-" }
        let parts = decimal.split(separator: ".")
        let whole = Self.grouped(parts.first ?? "0", by: self == .german ? "." : ",")
        let fraction = parts.count > 1 ? (self == .german ? "," : ".") + parts[1] : ""
        let sign = negative ? "−" : ""
        let symbol = Self.symbols[money.currency.code]
        switch self {
        case .english:
            return sign + (symbol ?? money.currency.code + " ") + whole + fraction
        case .german: return "\(sign)\(whole)\(fraction) \(symbol ?? money.currency.code)"
        }
    }

    /// A day as people write it: `31 March 2026`, `31. März 2026`.
    public func text(_ date: CivilDate) -> String {
        switch self {
        case .english: "\(date.day) \(Self.englishMonths[date.month - 1]) \(date.year)"
        case .german: "\(date.day). \(Self.germanMonths[date.month - 1]) \(date.year)"
        }
    }

    /// A moment as people everywhere can read it: `31 March 2026, 14:05 UTC`.
    public func text(_ moment: Instant) -> String {
        let day = CivilDate(moment.rfc3339.prefix(10)).map { text($0) } ?? ""
        return "\(day), \(moment.rfc3339.dropFirst(11).prefix(5)) UTC"
    }

    private static func grouped(_ digits: Substring, by separator: String) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += separator }
            text.append(digit)
        }
        return text
    }

    private static let symbols = ["EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"]
    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]
    private static let germanMonths = [
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
        "November", "Dezember",
    ]
}
