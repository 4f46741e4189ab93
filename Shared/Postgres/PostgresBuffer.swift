/// The bytes of binary parameters while they are written; integers go out in network byte order.
public struct PostgresBuffer: ~Copyable {
    private(set) var bytes: [UInt8] = []

    /// Appends an integer, most significant byte first.
    public mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends bytes as they are.
    public mutating func append(bytes more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }

    var count: Int { bytes.count }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Writes `value` over four bytes that were appended before.
    mutating func overwrite(at offset: Int, with value: Int32) {
        let source = value.bigEndian
        withUnsafeBytes(of: source) { part in
            for index in 0..<4 { bytes[offset + index] = part[index] }
        }
    }
}
