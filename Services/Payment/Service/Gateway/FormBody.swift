/// An `application/x-www-form-urlencoded` body, as the Stripe API wants it.
struct FormBody {
    private(set) var bytes: [UInt8] = []

    init(_ fields: KeyValuePairs<String, String?>) {
        bytes.reserveCapacity(256)
        for (name, value) in fields { append(name, value) }
    }

    /// Adds a field; nothing when the value is nil.
    mutating func append(_ name: String, _ value: String?) {
        guard let value else { return }
        if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
        escape(name)
        bytes.append(UInt8(ascii: "="))
        escape(value)
    }

    private mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."),
                UInt8(ascii: "*"):
                bytes.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                bytes.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
    }
}
