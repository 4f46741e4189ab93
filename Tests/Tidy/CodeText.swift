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
        var mode = Mode.code
        var line = ""
        let characters = Array(source.unicodeScalars)
        var index = 0
        func follows(_ mark: String) -> Bool {
            let scalars = Array(mark.unicodeScalars)
            return index + scalars.count <= characters.count
                && characters[index..<(index + scalars.count)].elementsEqual(scalars)
        }
        while index < characters.count {
            if characters[index] == "\n" {
                lines.append(line)
                line = ""
                if mode == .lineComment || mode == .text { mode = .code }
                index += 1
                continue
            }
            var step = 1
            switch mode {
            case .code:
                if follows("//") {
                    (mode, step) = (.lineComment, 2)
                } else if follows("/*") {
                    (mode, step) = (.blockComment(depth: 1), 2)
                } else if follows("\"\"\"") {
                    (mode, step) = (.longText, 3)
                } else if follows("\"") {
                    mode = .text
                } else {
                    line.unicodeScalars.append(characters[index])
                }
            case .lineComment: break
            case .blockComment(let depth):
                if follows("*/") {
                    (mode, step) = (depth == 1 ? .code : .blockComment(depth: depth - 1), 2)
                } else if follows("/*") {
                    (mode, step) = (.blockComment(depth: depth + 1), 2)
                }
            case .text:
                if follows("\\") { step = 2 } else if follows("\"") { mode = .code }
            case .longText:
                if follows("\\") { step = 2 } else if follows("\"\"\"") { (mode, step) = (.code, 3) }
            }
            index += step
        }
        lines.append(line)
    }

    /// The functions with their first line and how many lines they take.
    var functions: [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for (index, line) in lines.enumerated() where CodeText.startsFunction(line) {
            var depth = 0
            var hasBody = false
            for (offset, text) in lines[index...].enumerated() {
                for character in text {
                    if character == "{" {
                        depth += 1
                        hasBody = true
                    } else if character == "}" {
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
        let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" }
        return words.contains("func") || words.first == "init" || words.prefix(3).contains("init")
    }
}
