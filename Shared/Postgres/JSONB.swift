/// A JSON text that is stored as `jsonb`.
public struct JSONB: Hashable, Sendable {
    /// The JSON text in UTF-8.
    public let bytes: [UInt8]

    /// Wraps a JSON text; Postgres checks that it is one.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
}

extension JSONB: PostgresEncodable {
    /// Sent as `jsonb`.
    public static var postgresType: PostgresType { .jsonb }

    /// A version byte, then the text.
    public func encode(into buffer: inout PostgresBuffer) {
        buffer.append(1 as UInt8)
        buffer.append(bytes: bytes)
    }
}

extension JSONB: PostgresDecodable {
    /// Reads `jsonb` and `json`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> JSONB {
        switch cell.oid {
        case PostgresType.jsonb.oid:
            guard try cell.integer(at: 0, as: UInt8.self) == 1 else { throw cell.mismatch("jsonb version 1") }
            return JSONB([UInt8](cell.buffer.dropFirst()))
        case PostgresType.json.oid: return JSONB(cell.bytes)
        default: throw cell.mismatch("JSONB")
        }
    }
}
