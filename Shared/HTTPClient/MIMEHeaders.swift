/// Header fields, folded and encoded (RFC 5322, RFC 2047).
struct MIMEHeaders {
    /// Lines are folded here where a space allows it.
    private static let lineLength = 76
    /// The most UTF-8 bytes in one encoded word: 12 of frame and 60 of base64 stay under the 75 of RFC 2047.
    private static let encodedWordBytes = 45

    private(set) var bytes: [UInt8] = []

    /// The `ftext` of RFC 5322.
    static func isFieldName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
    }

    /// Adds a field whose value is known to be safe.
    mutating func add(_ name: String, token: String) { write(name, [token]) }

    /// Adds a field of free text; whoever wrote it cannot end the line.
    mutating func add(_ name: String, text: String) throws(MIMEError) {
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .headerInjection(field: name)
        }
        write(name, Self.needsEncoding(text) ? Self.encodedWords(text) : Self.words(text))
    }

    /// Adds a field of addresses.
    mutating func add(_ name: String, addresses: [MailAddress]) {
        var words: [String] = []
        for (index, address) in addresses.enumerated() {
            let comma = index + 1 < addresses.count ? "," : ""
            if let display = address.name {
                words += Self.phrase(display)
                words.append("<\(address.address)>\(comma)")
            } else {
                words.append(address.address + comma)
            }
        }
        write(name, words)
    }

    /// Adds words with a space between them, on a new line where the old one would become too long.
    private mutating func write(_ name: String, _ words: [String]) {
        var column = name.utf8.count + 1
        bytes += Array("\(name):".utf8)
        for word in words {
            let isFirst = column == name.utf8.count + 1
            if !isFirst, column + 1 + word.utf8.count > Self.lineLength {
                bytes += [0x0D, 0x0A]
                column = 0
            }
            bytes.append(0x20)
            bytes += Array(word.utf8)
            column += 1 + word.utf8.count
        }
        bytes += [0x0D, 0x0A]
    }

    private static func needsEncoding(_ text: String) -> Bool {
        text.contains("=?") || text.hasPrefix(" ") || text.hasSuffix(" ") || text.contains("  ")
            || text.utf8.contains { $0 > 0x7E }
            || text.split(separator: " ").contains { $0.utf8.count > lineLength }
    }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// A display name: atoms as they are, other ASCII quoted, the rest encoded.
    private static func phrase(_ name: String) -> [String] {
        if needsEncoding(name) { return encodedWords(name) }
        let isAtoms = name.utf8.allSatisfy { byte in
            byte == 0x20 || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
                || Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
        }
        guard !isAtoms else { return words(name) }
        let escaped = name.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : String($0) }.joined()
        return ["\"\(escaped)\""]
    }

    /// Encoded words, each with whole characters; a reader joins them without the spaces between.
    private static func encodedWords(_ text: String) -> [String] {
        var words: [String] = []
        var chunk: [UInt8] = []
        for scalar in text.unicodeScalars {
            let encoded = Array(String(scalar).utf8)
            if chunk.count + encoded.count > encodedWordBytes {
                words.append(encodedWord(chunk))
                chunk = []
            }
            chunk += encoded
        }
        if !chunk.isEmpty || words.isEmpty { words.append(encodedWord(chunk)) }
        return words
    }

    private static func encodedWord(_ bytes: [UInt8]) -> String {
        "=?utf-8?B?" + String(decoding: TransferEncoding.base64(bytes, lineLength: .max), as: UTF8.self)
            + "?="
    }
}
