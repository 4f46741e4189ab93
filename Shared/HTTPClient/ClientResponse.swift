/// A complete answer, whatever its status.
public struct ClientResponse: Sendable {
    /// The status code.
    public let status: Int
    /// The body.
    public let body: [UInt8]
    private let headerBytes: [UInt8]

    init(status: Int, headerBytes: [UInt8], body: [UInt8]) {
        self.status = status
        self.headerBytes = headerBytes
        self.body = body
    }

    /// The first field with a name.
    ///
    /// - Parameter name: Compared without regard to case.
    /// - Returns: The value without surrounding white space.
    public func header(_ name: String) -> String? {
        let wanted = Array(name.utf8)
        for (fieldName, value) in fields where Self.isEqualIgnoringCase(fieldName, wanted) {
            return String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    /// All fields in the order they came, names in lower case.
    public var headers: [(name: String, value: String)] {
        fields.map { (String(decoding: $0, as: UTF8.self).lowercased(), String(decoding: $1, as: UTF8.self)) }
    }

    /// Fields are cut out when they are asked for: most answers are read by status and body alone.
    private var fields: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] {
        headerBytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            return (line[..<colon], Self.trimmed(line[(colon + 1)...]))
        }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return bytes[first...last]
    }

    private static func isEqualIgnoringCase(_ left: ArraySlice<UInt8>, _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lowered($0) == lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
