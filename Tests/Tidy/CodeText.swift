/// Swift source without its comments and texts, line by line, so that rules about code do not trip over prose.
struct CodeText {
    private(set) var lines: [String] = []

    private enum Mode: Equatable {
        case code
        case lineComment
        case blockComment(depth: Int)
        case text
        case longText
    }

    init(_ source: String) {
        let bytes = Array(source.utf8)
        var mode = Mode.code
        var line: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") {
                lines.append(String(decoding: line, as: UTF8.self))
                line.removeAll(keepingCapacity: true)
                if mode == .lineComment || mode == .text { mode = .code }
                index += 1
                continue
            }
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let afterNext = index + 2 < bytes.count ? bytes[index + 2] : 0
            index += Self.step(&mode, byte, next, afterNext, &line)
        }
        lines.append(String(decoding: line, as: UTF8.self))
    }

    /// Takes what begins at this byte and returns how many bytes that were.
    private static func step(
        _ mode: inout Mode, _ byte: UInt8, _ next: UInt8, _ afterNext: UInt8, _ line: inout [UInt8]
    ) -> Int {
        let (slash, star, quote) = (UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: "\""))
        let isLongQuote = byte == quote && next == quote && afterNext == quote
        switch mode {
        case .code:
            if byte == slash, next == slash {
                mode = .lineComment
            } else if byte == slash, next == star {
                mode = .blockComment(depth: 1)
            } else if isLongQuote {
                mode = .longText
                return 3
            } else if byte == quote {
                mode = .text
                return 1
            } else {
                line.append(byte)
                return 1
            }
            return 2
        case .lineComment: return 1
        case .blockComment(let depth):
            if byte == star, next == slash {
                mode = depth == 1 ? .code : .blockComment(depth: depth - 1)
                return 2
            }
            if byte == slash, next == star {
                mode = .blockComment(depth: depth + 1)
                return 2
            }
            return 1
        case .text:
            if byte == UInt8(ascii: "\\") { return 2 }
            if byte == quote { mode = .code }
            return 1
        case .longText:
            if byte == UInt8(ascii: "\\") { return 2 }
            guard isLongQuote else { return 1 }
            mode = .code
            return 3
        }
    }

    /// The functions with their first line and how many lines they take.
    var functions: [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for (index, line) in lines.enumerated() where Self.startsFunction(line) {
            var depth = 0
            var hasBody = false
            for (offset, text) in lines[index...].enumerated() {
                for byte in text.utf8 {
                    if byte == UInt8(ascii: "{") {
                        depth += 1
                        hasBody = true
                    } else if byte == UInt8(ascii: "}") {
                        depth -= 1
                    }
                }
                if hasBody, depth <= 0 {
                    found.append((index + 1, offset + 1))
                    break
                }
            }
        }
        return found
    }

    private static func startsFunction(_ line: String) -> Bool {
        guard line.contains("func") || line.contains("init") else { return false }
        let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" }
        return words.contains("func") || words.first == "init" || words.prefix(3).contains("init")
    }
}
