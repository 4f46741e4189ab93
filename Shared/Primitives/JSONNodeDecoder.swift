/// A `Decoder` over one node of a parsed text.
struct JSONNodeDecoder: Decoder {
    let node: JSONNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == [String: String].self, let names = try names() as? Value { return names }
        return try Value(from: self)
    }

    /// Names that are data keep their spelling.
    private func names() throws -> [String: String] {
        guard node.kind == .object else { throw mismatch([String: String].self) }
        var names: [String: String] = [:]
        for (key, value) in node.members {
            guard let text = value.string else { throw mismatch(String.self) }
            names[key] = text
        }
        return names
    }

    func mismatch(_ type: Any.Type) -> DecodingError {
        .typeMismatch(
            type,
            DecodingError.Context(
                codingPath: codingPath, debugDescription: "expected \(type), found \(node.kind)"))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard node.kind == .object else { throw mismatch([String: Any].self) }
        return KeyedDecodingContainer(KeyedContainer<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard node.kind == .array else { throw mismatch([Any].self) }
        return UnkeyedContainer(decoder: self, nodes: node.elements)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { ValueContainer(decoder: self) }

    func string() throws -> String {
        guard let value = node.string else { throw mismatch(String.self) }
        return value
    }

    func bool() throws -> Bool {
        guard let value = node.bool else { throw mismatch(Bool.self) }
        return value
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        guard let value = node.int64, let exact = Value(exactly: value) else { throw mismatch(type) }
        return exact
    }
}

/// The place of an element in an array, for the path in an error.
private struct IndexKey: CodingKey {
    let intValue: Int?
    let stringValue: String

    init(_ index: Int) {
        intValue = index
        stringValue = String(index)
    }

    init?(intValue: Int) { self.init(intValue) }
    init?(stringValue: String) { nil }
}

extension JSONNodeDecoder {
    /// Members usually come in the order in which they are asked for, so the search goes on from the last one found.
    private final class KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: JSONNodeDecoder
        private var cursor: Int?

        init(decoder: JSONNodeDecoder) { self.decoder = decoder }

        var codingPath: [any CodingKey] { decoder.codingPath }
        var allKeys: [Key] { decoder.node.members.compactMap { Key(stringValue: $0.key) } }

        private func find(_ key: Key) -> JSONNode? {
            var name: [UInt8] = []
            SnakeCase.append(key.stringValue, to: &name)
            guard let found = name.withUnsafeBufferPointer({ decoder.node.member(named: $0, from: cursor) })
            else {
                return nil
            }
            cursor = found.next
            return found.value
        }

        private func at(_ key: Key) throws -> JSONNodeDecoder {
            guard let node = find(key) else {
                throw DecodingError.keyNotFound(
                    key, DecodingError.Context(codingPath: codingPath, debugDescription: "missing"))
            }
            return JSONNodeDecoder(node: node, codingPath: codingPath + [key])
        }

        private func present(_ key: Key) -> JSONNodeDecoder? {
            guard let node = find(key), !node.isNull else { return nil }
            return JSONNodeDecoder(node: node, codingPath: codingPath + [key])
        }

        func contains(_ key: Key) -> Bool { find(key) != nil }
        func decodeNil(forKey key: Key) throws -> Bool { find(key)?.isNull ?? true }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try at(key).string() }
        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try at(key).bool() }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try at(key).integer(type) }
        func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try at(key).integer(type) }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try at(key).value(type)
        }

        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
            try present(key)?.string()
        }
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key)?.bool() }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
            try present(key)?.integer(type)
        }
        func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
            try present(key)?.integer(type)
        }
        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            try present(key)?.value(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { try at(key).container(keyedBy: type) }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try at(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { decoder }
        func superDecoder(forKey key: Key) throws -> any Decoder { try at(key) }
    }

    private struct UnkeyedContainer: UnkeyedDecodingContainer {
        let decoder: JSONNodeDecoder
        let nodes: [JSONNode]
        var currentIndex = 0

        var codingPath: [any CodingKey] { decoder.codingPath }
        var count: Int? { nodes.count }
        var isAtEnd: Bool { currentIndex == nodes.count }

        init(decoder: JSONNodeDecoder, nodes: [JSONNode]) {
            self.decoder = decoder
            self.nodes = nodes
        }

        private mutating func next() throws -> JSONNodeDecoder {
            guard !isAtEnd else { throw decoder.mismatch([Any].self) }
            defer { currentIndex += 1 }
            return JSONNodeDecoder(
                node: nodes[currentIndex], codingPath: codingPath + [IndexKey(currentIndex)])
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, nodes[currentIndex].isNull else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(type) }
        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try next().unkeyedContainer()
        }
        mutating func superDecoder() throws -> any Decoder { try next() }
    }

    private struct ValueContainer: SingleValueDecodingContainer {
        let decoder: JSONNodeDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.node.isNull }
        func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
        func decode(_ type: String.Type) throws -> String { try decoder.string() }
        func decode(_ type: Double.Type) throws -> Double { throw decoder.mismatch(type) }
        func decode(_ type: Float.Type) throws -> Float { throw decoder.mismatch(type) }
        func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
        func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
        func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
        func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
        func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
        func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
        func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
        func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
        func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
        func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
    }
}
