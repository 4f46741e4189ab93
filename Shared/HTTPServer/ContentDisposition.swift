/// The header field that names a file (RFC 6266).
public enum ContentDisposition {
    /// A file to be kept under a name.
    ///
    /// - Parameter name: Any text; folders and what no file system takes are left out.
    /// - Returns: The value, with a plain name for old clients and the whole one for all others.
    public static func attachment(named name: String) -> String {
        let safe = String(
            String.UnicodeScalarView(
                name.unicodeScalars.filter { !isForbidden($0) }.drop { $0 == "." || $0 == " " }
                    .prefix(maximumScalars)))
        let plain = String(
            String.UnicodeScalarView(safe.unicodeScalars.map { isPlain($0) ? $0 : "_" as Unicode.Scalar }))
        let encoded = safe.utf8.map { byte -> String in
            let scalar = Unicode.Scalar(byte)
            guard byte >= 0x80 || !isPlain(scalar) || byte == 0x20 else { return String(Character(scalar)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" + digits : digits)
        }.joined()
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }

    private static let maximumScalars = 120

    /// Controls, what turns text around, separators of folders, and what some file system forbids.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: "/\\:*?\"<>|".unicodeScalars.contains(scalar)
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", " ": true
        default: false
        }
    }
}
