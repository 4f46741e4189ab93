/// A `Decoder` over one node of a parsed text, and the container of its single value.
///
/// One object for each value that decodes itself, and none for the plain ones; the path is only put together for an
/// error.
final class JSONNodeDecoder: Decoder, SingleValueDecodingContainer {
    let node: JSONNode
    private let parent: JSONNodeDecoder?
    private let key: (any CodingKey)?

    init(node: JSONNode, parent: JSONNodeDecoder? = nil, key: (any CodingKey)? = nil) {
        self.node = node
        self.parent = parent
        self.key = key
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var decoder: JSONNodeDecoder? = self
        while let current = decoder {
            if let key = current.key { path.append(key) }
            decoder = current.parent
        }
        return path.reversed()
    }

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

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { node.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try plain(node.bool) }
    func decode(_ type: String.Type) throws -> String { try plain(node.string) }
    func decode(_ type: Double.Type) throws -> Double { throw mismatch(type) }
    func decode(_ type: Float.Type) throws -> Float { throw mismatch(type) }
    func decode(_ type: Int.Type) throws -> Int { try plain(node.integer()) }
    func decode(_ type: Int8.Type) throws -> Int8 { try plain(node.integer()) }
    func decode(_ type: Int16.Type) throws -> Int16 { try plain(node.integer()) }
    func decode(_ type: Int32.Type) throws -> Int32 { try plain(node.integer()) }
    func decode(_ type: Int64.Type) throws -> Int64 { try plain(node.integer()) }
    func decode(_ type: UInt.Type) throws -> UInt { try plain(node.integer()) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try plain(node.integer()) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try plain(node.integer()) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try plain(node.integer()) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try plain(node.integer()) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(type) }

    private func plain<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw mismatch(Value.self) }
        return value
    }
}

extension JSONNode {
    /// A whole number of some width; nil when this is none or does not fit.
    fileprivate func integer<Value: FixedWidthInteger>() -> Value? { int64.flatMap { Value(exactly: $0) } }
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
            var name = key.stringValue
            return name.withUTF8 { utf8 in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SnakeCase.maximumLength(of: utf8)) {
                    buffer in
                    var count = 0
                    SnakeCase.convert(utf8) { byte in
                        buffer[count] = byte
                        count += 1
                    }
                    let found = decoder.node.member(
                        named: UnsafeBufferPointer(rebasing: buffer[..<count]), from: cursor)
                    cursor = found?.next ?? cursor
                    return found?.value
                }
            }
        }

        private func at(_ key: Key) throws -> JSONNodeDecoder {
            JSONNodeDecoder(node: try required(key), parent: decoder, key: key)
        }

        private func required(_ key: Key) throws -> JSONNode {
            guard let node = find(key) else {
                throw DecodingError.keyNotFound(
                    key, DecodingError.Context(codingPath: codingPath, debugDescription: "missing"))
            }
            return node
        }

        private func plain<Value>(_ key: Key, _ read: (JSONNode) -> Value?) throws -> Value {
            try plain(key, try required(key), read)
        }

        private func plainIfPresent<Value>(_ key: Key, _ read: (JSONNode) -> Value?) throws -> Value? {
            guard let node = find(key), !node.isNull else { return nil }
            return try plain(key, node, read)
        }

        private func plain<Value>(_ key: Key, _ node: JSONNode, _ read: (JSONNode) -> Value?) throws -> Value
        {
            guard let value = read(node) else {
                throw JSONNodeDecoder(node: node, parent: decoder, key: key).mismatch(Value.self)
            }
            return value
        }

        func contains(_ key: Key) -> Bool { find(key) != nil }
        func decodeNil(forKey key: Key) throws -> Bool { find(key)?.isNull ?? true }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try plain(key, \.string) }
        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try plain(key, \.bool) }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try plain(key) { $0.integer() } }
        func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try plain(key, \.int64) }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try at(key).value(type)
        }

        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
            try plainIfPresent(key, \.string)
        }
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
            try plainIfPresent(key, \.bool)
        }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
            try plainIfPresent(key) { $0.integer() }
        }
        func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
            try plainIfPresent(key, \.int64)
        }
        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            guard let node = find(key), !node.isNull else { return nil }
            return try JSONNodeDecoder(node: node, parent: decoder, key: key).value(type)
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
            return JSONNodeDecoder(node: nodes[currentIndex], parent: decoder, key: IndexKey(currentIndex))
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
}
