public import HTTPServer
public import Primitives

/// Reads the parameters of a query and remembers all that is wrong with them.
public struct QueryReader {
    private let request: HTTPRequest
    private static let searchLengthMaximum = 100
    private var errors: [FieldError] = []

    /// Reads the query of a request.
    public init(_ request: HTTPRequest) {
        self.request = request
    }

    /// Notes that a parameter is wrong.
    public mutating func refuse(_ name: String, _ code: String, _ message: String) {
        errors.append(FieldError(field: name, code: code, message: message))
    }

    /// A text that some type reads.
    public mutating func parsed<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?)
        -> Value?
    {
        guard let text = request.queryValue(name) else { return nil }
        guard let value = read(text) else {
            refuse(name, "malformed", "This must be \(expected).")
            return nil
        }
        return value
    }

    /// A day.
    public mutating func date(_ name: String) -> CivilDate? {
        parsed(name, "a date such as 2026-03-31") { CivilDate($0) }
    }

    /// A moment.
    public mutating func moment(_ name: String) -> Instant? {
        parsed(name, "a moment such as 2026-03-31T12:00:00Z") { Instant(rfc3339: $0) }
    }

    /// A decimal number.
    public mutating func decimal(_ name: String) -> ExactDecimal? {
        parsed(name, "a decimal number") { ExactDecimal($0) }
    }

    /// A decimal number as an amount of a currency.
    public mutating func minorUnits(_ name: String, _ value: ExactDecimal?, _ currency: Currency) -> Int64? {
        guard let value else { return nil }
        guard let scaled = value.scaled(toDigits: currency.digits) else {
            refuse(name, "too_precise", "\(currency) has \(currency.digits) digits behind the point.")
            return nil
        }
        return scaled
    }

    /// Words to look for, with one space between them.
    public mutating func search(_ name: String) -> String? {
        parsed(name, "a text of 1 to \(Self.searchLengthMaximum) characters") { text in
            let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return (1...Self.searchLengthMaximum).contains(words.count) ? words : nil
        }
    }

    /// Whether something is.
    public mutating func flag(_ name: String) -> Bool? {
        parsed(name, "true or false") { ["true": true, "false": false][$0] }
    }

    /// A currency.
    public mutating func currency(_ name: String) -> Currency? {
        parsed(name, "a currency of ISO 4217") { Currency(code: $0) }
    }

    /// One of the raw values of an enumeration.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) -> Choice? {
        parsed(name, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")) {
            Choice(rawValue: $0)
        }
    }

    /// Tells everything that is wrong at once.
    public func finish() throws(Problem) {
        guard errors.isEmpty else { throw .invalid(errors) }
    }
}
