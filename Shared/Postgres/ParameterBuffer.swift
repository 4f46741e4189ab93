/// The parameters of one statement in the form libpq takes: one run of bytes, and where each value lies in it.
struct ParameterBuffer: ~Copyable {
    private var buffer = PostgresBuffer()
    private var offsets: [Int] = []
    private(set) var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// Replaces the contents with the binary form of `parameters`.
    mutating func fill(_ parameters: [any PostgresEncodable]) {
        buffer.removeAll()
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        for parameter in parameters {
            let start = buffer.count
            guard !parameter.isPostgresNull else {
                offsets.append(-1)
                lengths.append(0)
                continue
            }
            parameter.encode(into: &buffer)
            offsets.append(start)
            lengths.append(Int32(truncatingIfNeeded: buffer.count - start))
        }
        // libpq reads a NULL pointer as NULL, so an empty value at the very end must still point somewhere.
        buffer.append(0 as UInt8)
        while formats.count < parameters.count { formats.append(1) }
    }

    var byteCount: Int { buffer.count }

    /// Calls `body` with the count, the values, their lengths and their formats.
    borrowing func withPointers<Result>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        buffer.bytes.withUnsafeBytes { bytes in
            let base = bytes.bindMemory(to: CChar.self).baseAddress
            let values: [UnsafePointer<CChar>?] = offsets.map { offset in
                offset < 0 ? nil : base.map { $0 + offset }
            }
            return values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(
                            Int32(values.count), values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
