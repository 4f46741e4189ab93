/// What is wrong with one field of a request, in words for a person and a code for a program.
public struct FieldError: Error, Hashable, Sendable, Codable {
    /// Where: `line_items[0].amount`.
    public let field: String
    /// A stable code: `required`, `wrong_type`, `too_long`, `out_of_range`, `unknown_value`, `malformed`.
    public let code: String
    /// What would be right.
    public let message: String

    /// An error at a field.
    public init(field: String, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }
}

/// All that is wrong with the fields of one request; answered as 422 with every field named.
public struct InvalidFields: Error, Hashable, Sendable {
    /// In the order in which they were found; never empty.
    public let errors: [FieldError]

    /// The errors of a request.
    public init(_ errors: [FieldError]) { self.errors = errors }

    /// One error.
    public init(field: String, code: String, message: String) {
        errors = [FieldError(field: field, code: code, message: message)]
    }
}

/// Reads the fields of a JSON object and collects everything that is wrong, instead of stopping at the first mistake.
///
/// A field that is absent or null gives nil without an error; `require` turns that into one. What is there but wrong
/// gives nil and an error.
///
///     let fields = FieldReader(document.root)
///     let title = fields.string("title", maximumLength: 200)
///     let customer = fields.require("customer_id", fields.id("customer_id", of: Customer.self))
///     guard let customer, fields.errors.isEmpty else { throw fields.invalid }
public struct FieldReader {
    private final class Sink {
        var errors: [FieldError] = []
    }

    private let node: JSONNode
    private let path: String
    private let sink: Sink

    /// A reader of a whole body.
    ///
    /// A body that is no object is an error of its own.
    public init(_ node: JSONNode) {
        self.init(node, path: "", sink: Sink())
        if node.kind != .object { refuse("", "wrong_type", "The body must be a JSON object.") }
    }

    private init(_ node: JSONNode, path: String, sink: Sink) {
        self.node = node
        self.path = path
        self.sink = sink
    }

    /// Everything found so far, in this object and those inside it.
    public var errors: [FieldError] { sink.errors }

    /// The errors as one error to throw.
    public var invalid: InvalidFields { InvalidFields(errors) }

    /// Records an error at a field of this object.
    public func refuse(_ name: String, _ code: String, _ message: String) {
        sink.errors.append(FieldError(field: full(name), code: code, message: message))
    }

    /// The names of all fields that are there.
    public var names: [String] { node.members.map(\.key) }

    /// Whether the field is there, be it null.
    public func contains(_ name: String) -> Bool { node[name] != nil }

    /// Passes a value on, or records that the field is required when it is absent.
    public func require<Value>(_ name: String, _ value: Value?) -> Value? {
        if value == nil, present(name) == nil { refuse(name, "required", "This field is required.") }
        return value
    }

    /// A text without control characters (line breaks and tabs are fine), trimmed of nothing.
    public func string(_ name: String, minimumLength: Int = 0, maximumLength: Int) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else { return refused(name, "wrong_type", "This must be a string.") }
        guard
            !text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\r" && $0 != "\t" }
            )
        else {
            return refused(name, "malformed", "This must not contain control characters.")
        }
        let length = text.unicodeScalars.count
        guard length <= maximumLength else {
            return refused(name, "too_long", "This must have at most \(maximumLength) characters.")
        }
        guard length >= minimumLength else {
            return refused(name, "too_short", "This must have at least \(minimumLength) characters.")
        }
        return text
    }

    /// True or false.
    public func bool(_ name: String) -> Bool? {
        guard let value = present(name) else { return nil }
        return value.bool ?? refused(name, "wrong_type", "This must be true or false.")
    }

    /// A whole number within bounds.
    public func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = present(name) else { return nil }
        guard let number = value.int64 else {
            return refused(name, "wrong_type", "This must be a whole number.")
        }
        guard range.contains(number) else {
            return refused(
                name, "out_of_range", "This must be between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    /// An exact decimal, as a number or a string.
    public func decimal(_ name: String) -> ExactDecimal? {
        guard let value = present(name) else { return nil }
        guard let text = value.numberText ?? value.string else {
            return refused(name, "wrong_type", "This must be a decimal number.")
        }
        return ExactDecimal(text)
            ?? refused(name, "malformed", "This must be a decimal number of at most 18 digits.")
    }

    /// An exact amount of a currency, as a number or a string, within bounds given in minor units.
    public func money(_ name: String, _ currency: Currency, in range: ClosedRange<Int64>) -> Money? {
        guard let value = present(name) else { return nil }
        guard let text = value.numberText ?? value.string else {
            return refused(name, "wrong_type", "This must be a decimal amount.")
        }
        do throws(Money.ParseError) {
            let money = try Money(decimal: text, currency: currency)
            guard range.contains(money.minorUnits) else { throw .outOfRange }
            return money
        } catch {
            switch error {
            case .notANumber:
                return refused(name, "malformed", "This must be a decimal amount such as 19.99.")
            case .tooPrecise(let digits):
                return refused(name, "too_precise", "\(currency) has \(digits) digits behind the point.")
            case .outOfRange: return refused(name, "out_of_range", "This amount is not allowed here.")
            }
        }
    }

    /// A text that some type reads: ids, dates, currencies, zones, enumerations.
    public func parsed<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?) -> Value? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else { return refused(name, "wrong_type", "This must be a string.") }
        return read(text) ?? refused(name, "malformed", "This must be \(expected).")
    }

    /// An id of one kind.
    public func id<Entity>(_ name: String, of type: Entity.Type) -> ID<Entity>? {
        parsed(name, "an id that starts with \(Entity.idPrefix)_") { ID<Entity>($0) }
    }

    /// An ISO 4217 currency code in either case.
    public func currency(_ name: String) -> Currency? {
        parsed(name, "an ISO 4217 currency code") { Currency(code: $0) }
    }

    /// One of the raw values of an enumeration.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type)
        -> Choice?
    where Choice.RawValue == String {
        let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return parsed(name, "one of \(choices)") { Choice(rawValue: $0) }
    }

    /// The object in a field.
    public func object(_ name: String) -> FieldReader? {
        guard let value = present(name) else { return nil }
        guard value.kind == .object else { return refused(name, "wrong_type", "This must be an object.") }
        return FieldReader(value, path: full(name), sink: sink)
    }

    /// The objects in an array.
    public func objects(_ name: String, count: ClosedRange<Int>) -> [FieldReader]? {
        guard let elements = elements(name, count: count) else { return nil }
        return elements.enumerated().compactMap { index, element in
            guard element.kind == .object else {
                return refused("\(name)[\(index)]", "wrong_type", "This must be an object.")
            }
            return FieldReader(element, path: "\(full(name))[\(index)]", sink: sink)
        }
    }

    /// The strings in an array.
    public func strings(_ name: String, count: ClosedRange<Int>, maximumLength: Int) -> [String]? {
        guard let elements = elements(name, count: count) else { return nil }
        return elements.enumerated().compactMap { index, element in
            guard let text = element.string, text.unicodeScalars.count <= maximumLength else {
                return refused(
                    "\(name)[\(index)]", "malformed", "This must be a string of at most \(maximumLength).")
            }
            return text
        }
    }

    private func elements(_ name: String, count: ClosedRange<Int>) -> [JSONNode]? {
        guard let value = present(name) else { return nil }
        guard value.kind == .array else { return refused(name, "wrong_type", "This must be an array.") }
        let elements = value.elements
        guard count.contains(elements.count) else {
            return refused(
                name, "out_of_range", "This must have \(count.lowerBound) to \(count.upperBound) elements.")
        }
        return elements
    }

    private func present(_ name: String) -> JSONNode? {
        guard let value = node[name], !value.isNull else { return nil }
        return value
    }

    private func full(_ name: String) -> String {
        if path.isEmpty { return name }
        return name.isEmpty ? path : "\(path).\(name)"
    }

    private func refused<Value>(_ name: String, _ code: String, _ message: String) -> Value? {
        refuse(name, code, message)
        return nil
    }
}
