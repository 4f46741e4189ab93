/// A request's parameters as the gateway's API takes them: form-encoded, nested names in brackets.
public struct FormBody: Sendable {
    /// All parameters in the order given; nested names are written `metadata[order]`, lists `events[]`.
    public let fields: [(name: String, value: String)]

    /// No parameters.
    public init(fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// Parses a form-encoded body; broken percent signs and broken UTF-8 are errors, never a crash.
    init(parsing bytes: [UInt8]) throws(GatewayError) {
        var fields: [(name: String, value: String)] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            guard fields.count < FormBody.maximumFields else {
                throw .invalid("body", "More than \(FormBody.maximumFields) parameters were given.")
            }
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = FormBody.decode(parts[0]),
                let value = parts.count > 1 ? FormBody.decode(parts[1]) : .some("")
            else { throw .invalid("body", "The body is not valid form encoding.") }
            fields.append((FormBody.canonical(name), value))
        }
        self.fields = fields
    }

    /// The most parameters a request may have.
    static let maximumFields = 500

    /// The value of that parameter; the last one when it is given twice, nil when it is empty.
    subscript(name: String) -> String? {
        guard let value = fields.last(where: { $0.name == name })?.value, !value.isEmpty else { return nil }
        return value
    }

    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    func flag(_ name: String) -> Bool { self[name] == "true" || self[name] == "1" }

    /// The members of a nested object, `metadata[a]=1` as `a`: `1`.
    func members(of name: String) -> [String: String] {
        var members: [String: String] = [:]
        for field in fields where field.name.hasPrefix(name + "[") && field.name.hasSuffix("]") {
            let key = field.name.dropFirst(name.utf8.count + 1).dropLast()
            if !key.isEmpty, !key.contains("[") { members[String(key)] = field.value }
        }
        return members
    }

    /// The elements of a list, `events[]=a` or `events[0]=a`.
    func elements(of name: String) -> [String] {
        fields.filter { field in
            guard field.name.hasPrefix(name + "["), field.name.hasSuffix("]") else { return false }
            return field.name.dropFirst(name.utf8.count + 1).dropLast().allSatisfy(\.isWholeNumber)
        }.map(\.value)
    }

    /// Some libraries write `a.b` where others write `a[b]`; both mean the same.
    private static func canonical(_ name: String) -> String {
        guard name.contains("."), !name.contains("[") else { return name }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.dropFirst().reduce(String(parts[0])) { "\($0)[\($1)]" }
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let high = hexValue(bytes[index + 1]),
                    let low = hexValue(bytes[index + 2])
                else { return nil }
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
