/// Swift values as JSON and back, through `Codable`: members are `snake_case`, what is nil is left out, order is as declared.
public enum JSON {
    /// Writes a value.
    ///
    /// - Throws: what the value's own `encode(to:)` throws.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        var writer = JSONWriter()
        try encode(value, into: &writer)
        return writer.bytes
    }

    /// Writes a value where the writer stands.
    ///
    /// - Throws: what the value's own `encode(to:)` throws.
    public static func encode(_ value: some Encodable, into writer: inout JSONWriter) throws {
        let encoder = JSONStreamEncoder(writer)
        writer = JSONWriter(capacity: 0)
        defer { writer = encoder.writer }
        try encoder.write(value)
    }

    /// Reads a value from one node of a parsed text.
    ///
    /// - Throws: `DecodingError` naming the path of the first member that does not fit.
    public static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from node: JSONNode) throws
        -> Value
    {
        try JSONNodeDecoder(node: node).value(type)
    }

    /// Parses a text and reads a value from it.
    ///
    /// - Throws: `JSONSyntaxError` for what is no JSON, `DecodingError` for what does not fit.
    public static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from bytes: [UInt8]) throws
        -> Value
    {
        try decode(type, from: JSONDocument(parsing: bytes).root)
    }
}
