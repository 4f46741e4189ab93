import Primitives

/// A part of a message: its own headers and content, ready to be written.
struct MIMEPart {
    /// Headers, an empty line and the content.
    let bytes: [UInt8]

    /// A text in UTF-8, quoted-printable.
    static func text(_ text: String, subtype: String) -> MIMEPart {
        var headers = MIMEHeaders()
        headers.add("Content-Type", token: "text/\(subtype); charset=utf-8")
        headers.add("Content-Transfer-Encoding", token: "quoted-printable")
        return MIMEPart(bytes: headers.bytes + lineEnd + TransferEncoding.quotedPrintable(text) + lineEnd)
    }

    /// A file in base64.
    static func attachment(_ file: MIMEMessage.Attachment) throws(MIMEError) -> MIMEPart {
        guard isMediaType(file.mediaType) else { throw .badMediaType(file.mediaType) }
        guard !file.fileName.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw .headerInjection(field: "Content-Disposition")
        }
        var headers = MIMEHeaders()
        headers.add("Content-Type", token: file.mediaType)
        headers.add("Content-Transfer-Encoding", token: "base64")
        headers.add("Content-Disposition", token: "attachment" + fileNameParameter(file.fileName))
        return MIMEPart(
            bytes: headers.bytes + lineEnd + TransferEncoding.base64(file.content, lineLength: 76) + lineEnd)
    }

    /// Parts one after another.
    ///
    /// The boundary holds "=_", which neither encoding ever writes, and the kind, so that
    /// nested boundaries differ: it cannot occur in a part.
    static func multipart(_ subtype: String, _ parts: [MIMEPart]) -> MIMEPart {
        let boundary = "=_\(subtype)_part"
        var headers = MIMEHeaders()
        headers.add("Content-Type", token: "multipart/\(subtype); boundary=\"\(boundary)\"")
        var bytes = headers.bytes + lineEnd
        for part in parts { bytes += Array("--\(boundary)\r\n".utf8) + part.bytes }
        bytes += Array("--\(boundary)--\r\n".utf8)
        return MIMEPart(bytes: bytes)
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    private static func isMediaType(_ text: String) -> Bool {
        let isPrintable = text.utf8.count <= 100 && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        let parts = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
        return isPrintable && parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(" ") }
    }

    /// A short plain name as it is, any other as RFC 2231 has it: percent-encoded, in sections, because one line should
    /// hold 78 bytes.
    private static func fileNameParameter(_ name: String) -> String {
        let isPlain =
            (1...50).contains(name.utf8.count) && name.utf8.allSatisfy { isPlainByte($0) || $0 == 0x20 }
        if isPlain { return ";\r\n filename=\"\(name)\"" }
        var sections: [String] = [""]
        for byte in String(String.UnicodeScalarView(name.unicodeScalars.prefix(maximumNameScalars))).utf8 {
            let piece =
                isPlainByte(byte) ? String(Unicode.Scalar(byte)) : "%" + Hex.encode([byte]).uppercased()
            if sections[sections.count - 1].utf8.count + piece.utf8.count > 50 { sections.append("") }
            sections[sections.count - 1] += piece
        }
        if sections.count == 1 { return ";\r\n filename*=UTF-8''\(sections[0])" }
        return sections.enumerated().map { index, section in
            ";\r\n filename*\(index)*=\(index == 0 ? "UTF-8''" : "")\(section)"
        }.joined()
    }

    private static let maximumNameScalars = 150

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}
