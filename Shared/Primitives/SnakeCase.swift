/// `invoiceID` and `parsedURLValue` become `invoice_id` and `parsed_url_value`; what is snake case already stays.
enum SnakeCase {
    @inline(__always)
    private static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }

    /// The longest that a name of so many bytes can become.
    static func maximumLength(of name: UnsafeBufferPointer<UInt8>) -> Int { 2 * name.count }

    static func append(_ name: String, to bytes: inout [UInt8]) {
        var name = name
        name.withUTF8 { convert($0) { bytes.append($0) } }
    }

    @inline(__always)
    static func convert(_ name: UnsafeBufferPointer<UInt8>, _ emit: (UInt8) -> Void) {
        for index in name.indices {
            let byte = name[index]
            guard isUpper(byte) else {
                emit(byte)
                continue
            }
            let startsWord =
                index > 0
                && (!isUpper(name[index - 1]) || (index + 1 < name.count && name[index + 1] >= 0x61))
            if startsWord, name[index - 1] != 0x5F { emit(0x5F) }
            emit(byte | 0x20)
        }
    }
}
