import Primitives

/// The two encodings that carry any bytes through mail (RFC 2045 section 6).
enum TransferEncoding {
    private static let lineLength = 76

    /// Base64 in lines of the given length (76 for a body), each ended with CRLF but the last.
    static func base64(_ bytes: [UInt8], lineLength: Int) -> [UInt8] {
        let encoded = Array(Base64.encode(bytes).utf8)
        guard encoded.count > lineLength else { return encoded }
        var lines: [UInt8] = []
        lines.reserveCapacity(encoded.count + encoded.count / lineLength * 2 + 2)
        var start = 0
        while start < encoded.count {
            let end = min(start + lineLength, encoded.count)
            if start > 0 { lines += [0x0D, 0x0A] }
            lines += encoded[start..<end]
            start = end
        }
        return lines
    }

    /// Quoted-printable: readable where the text is ASCII, lines of at most 76, every kind of line end becomes CRLF.
    static func quotedPrintable(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + text.utf8.count / 8)
        for (index, line) in lines(of: Array(text.utf8)).enumerated() {
            if index > 0 { output += [0x0D, 0x0A] }
            appendQuoted(line, to: &output)
        }
        return output
    }

    private static func appendQuoted(_ line: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var column = 0
        for index in line.indices {
            let byte = line[index]
            let isLast = index == line.endIndex - 1
            // White space at the end of a line gets lost on the way.
            let isPlain =
                (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "="))
                || ((byte == 0x20 || byte == 0x09) && !isLast)
            let width = isPlain ? 1 : 3
            // The last column is for the "=" of a soft line break.
            if column + width > lineLength - (isLast ? 0 : 1) {
                output += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            if isPlain {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "="), hexDigit(byte >> 4), hexDigit(byte & 15)]
            }
            column += width
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    /// Cuts at CRLF, LF and CR.
    private static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let isReturn = bytes[index] == 0x0D
            guard isReturn || bytes[index] == 0x0A else {
                index += 1
                continue
            }
            lines.append(bytes[start..<index])
            index += isReturn && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
            start = index
        }
        lines.append(bytes[start...])
        return lines
    }
}
