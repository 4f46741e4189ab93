/// `invoiceID` and `parsedURLValue` become `invoice_id` and `parsed_url_value`; what is snake case already stays.
enum SnakeCase {
    @inline(__always)
    private static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }

    static func append(_ name: String, to bytes: inout [UInt8]) {
        var name = name
        name.withUTF8 { utf8 in
            for index in utf8.indices {
                let byte = utf8[index]
                guard isUpper(byte) else {
                    bytes.append(byte)
                    continue
                }
                let startsWord =
                    index > 0
                    && (!isUpper(utf8[index - 1]) || (index + 1 < utf8.count && utf8[index + 1] >= 0x61))
                if startsWord, utf8[index - 1] != 0x5F { bytes.append(0x5F) }
                bytes.append(byte | 0x20)
            }
        }
    }
}
