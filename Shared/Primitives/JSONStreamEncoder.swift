/// An `Encoder` that writes straight into a `JSONWriter`.
///
/// `Encoder` never says that a container is complete, so the encoder remembers which are open and closes those that a
/// value opened as soon as the value has been written.
final class JSONStreamEncoder: Encoder {
    var writer: JSONWriter
    private var open: [Bool] = []
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(_ writer: JSONWriter) { self.writer = writer }

    func write<Value: Encodable>(_ value: Value) throws {
        // Comparing types first: a cast of every value would cost more than writing it.
        if Value.self == [String: String].self, let names = value as? [String: String] { return write(names) }
        let depth = open.count
        try value.encode(to: self)
        close(to: depth)
    }

    /// Names that are data keep their spelling.
    private func write(_ names: [String: String]) {
        writer.beginObject()
        for (name, value) in names.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
    }

    func begin(isObject: Bool) -> Int {
        open.append(isObject)
        if isObject { writer.beginObject() } else { writer.beginArray() }
        return open.count
    }

    func close(to depth: Int) {
        while open.count > depth {
            if open.removeLast() { writer.endObject() } else { writer.endArray() }
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedContainer<Key>(encoder: self, depth: begin(isObject: true)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedContainer(encoder: self, depth: begin(isObject: false))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { ValueContainer(encoder: self) }
}

extension JSONStreamEncoder {
    private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: JSONStreamEncoder
        let depth: Int
        var codingPath: [any CodingKey] { [] }

        private func key(_ key: Key) {
            encoder.close(to: depth)
            encoder.writer.snakeKey(key.stringValue)
        }

        mutating func encodeNil(forKey key: Key) {
            self.key(key)
            encoder.writer.null()
        }

        mutating func encode(_ value: String, forKey key: Key) {
            self.key(key)
            encoder.writer.string(value)
        }

        mutating func encode(_ value: Bool, forKey key: Key) {
            self.key(key)
            encoder.writer.bool(value)
        }

        mutating func encode(_ value: Int, forKey key: Key) {
            self.key(key)
            encoder.writer.int(Int64(value))
        }

        mutating func encode(_ value: Int64, forKey key: Key) {
            self.key(key)
            encoder.writer.int(value)
        }

        mutating func encode(_ value: some Encodable, forKey key: Key) throws {
            self.key(key)
            try encoder.write(value)
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            self.key(key)
            return encoder.container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            self.key(key)
            return encoder.unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder { encoder }
        mutating func superEncoder(forKey key: Key) -> any Encoder { encoder }
    }

    private struct UnkeyedContainer: UnkeyedEncodingContainer {
        let encoder: JSONStreamEncoder
        let depth: Int
        var codingPath: [any CodingKey] { [] }
        var count = 0

        init(encoder: JSONStreamEncoder, depth: Int) {
            self.encoder = encoder
            self.depth = depth
        }

        mutating func encodeNil() {
            encoder.close(to: depth)
            encoder.writer.null()
            count += 1
        }

        mutating func encode(_ value: some Encodable) throws {
            encoder.close(to: depth)
            try encoder.write(value)
            count += 1
        }

        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<
            Nested
        > {
            encoder.close(to: depth)
            count += 1
            return encoder.container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            encoder.close(to: depth)
            count += 1
            return encoder.unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder { encoder }
    }

    private struct ValueContainer: SingleValueEncodingContainer {
        let encoder: JSONStreamEncoder
        var codingPath: [any CodingKey] { [] }

        mutating func encodeNil() { encoder.writer.null() }
        mutating func encode(_ value: Bool) { encoder.writer.bool(value) }
        mutating func encode(_ value: String) { encoder.writer.string(value) }
        mutating func encode(_ value: Double) throws { try refuse(value) }
        mutating func encode(_ value: Float) throws { try refuse(value) }
        mutating func encode(_ value: Int) { encoder.writer.int(Int64(value)) }
        mutating func encode(_ value: Int8) { encoder.writer.int(Int64(value)) }
        mutating func encode(_ value: Int16) { encoder.writer.int(Int64(value)) }
        mutating func encode(_ value: Int32) { encoder.writer.int(Int64(value)) }
        mutating func encode(_ value: Int64) { encoder.writer.int(value) }
        mutating func encode(_ value: UInt) throws { try unsigned(UInt64(value)) }
        mutating func encode(_ value: UInt8) { encoder.writer.int(Int64(value)) }
        mutating func encode(_ value: UInt16) { encoder.writer.int(Int64(value)) }
        mutating func encode(_ value: UInt32) { encoder.writer.int(Int64(value)) }
        mutating func encode(_ value: UInt64) throws { try unsigned(value) }
        mutating func encode(_ value: some Encodable) throws { try encoder.write(value) }

        private func unsigned(_ value: UInt64) throws {
            guard let value = Int64(exactly: value) else { return encoder.writer.number(text: String(value)) }
            encoder.writer.int(value)
        }

        /// Floating-point numbers are not exact; amounts and rates have exact types.
        private func refuse(_ value: some Encodable) throws {
            throw EncodingError.invalidValue(
                value,
                EncodingError.Context(
                    codingPath: [], debugDescription: "floating-point numbers are not written"))
        }
    }
}
