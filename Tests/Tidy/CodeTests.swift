import Foundation
import Testing

@Suite("What code does not contain")
struct CodeTests {
    private static let shipped = ["Services", "Shared"]

    @Test(
        "nothing that hides an error or stops the process",
        arguments: ["try!", "as!", "fatalError(", "Task.sleep", "Thread.sleep", "Date()", "print("])
    func forbidden(construct: String) throws {
        var found: [String] = []
        for file in try SourceFile.all(in: Self.shipped, extensions: ["swift"]) {
            for (number, line) in CodeText(file.text).lines.enumerated() {
                if Self.contains(line, construct) {
                    found.append("\(file.path):\(number + 1) contains \(construct)")
                }
            }
        }
        #expect(found == [])
    }

    @Test("an error that is dropped says why in a comment")
    func droppedErrors() throws {
        var found: [String] = []
        for file in try SourceFile.all(in: Self.shipped, extensions: ["swift"]) {
            let lines = file.lines
            for (number, line) in CodeText(file.text).lines.enumerated() where Self.contains(line, "try?") {
                let hasReason = lines[number].contains("//") || number > 0 && lines[number - 1].contains("//")
                if !(hasReason) { found.append("\(file.path):\(number + 1) drops an error without a reason") }
            }
        }
        #expect(found == [])
    }

    @Test("what the compiler cannot check for safety stands in a wrapper and says why it is safe")
    func unchecked() throws {
        var found: [String] = []
        let wrappers = ["AMQP", "Crypto", "HTTPClient", "HTTPServer", "Postgres"].map { "Shared/\($0)/" }
        for file in try SourceFile.all(in: Self.shipped, extensions: ["swift"]) {
            let lines = file.lines
            for (number, line) in CodeText(file.text).lines.enumerated()
            where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
                if !(wrappers.contains { file.path.hasPrefix($0) }) {
                    found.append("\(file.path):\(number + 1)")
                }
                let before = lines[max(0, number - 6)...number].joined(separator: "\n")
                if !(before.contains("//")) {
                    found.append("\(file.path):\(number + 1) does not say why it is safe")
                }
            }
        }
        #expect(found == [])
    }

    @Test("rules ask the injected clock, never the database's")
    func databaseClock() throws {
        var found: [String] = []
        for file in try SourceFile.all(in: Self.shipped, extensions: ["sql"]) {
            for (number, line) in file.lines.enumerated() {
                let sql = line.split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)[0]
                    .lowercased()
                for word in ["now()", "current_timestamp", "clock_timestamp()", "current_date"] {
                    if sql.contains(word) { found.append("\(file.path):\(number + 1) asks \(word)") }
                }
            }
        }
        let statement = #/\b(SELECT|INSERT|UPDATE|DELETE|WHERE|SET|VALUES|INTERVAL|ORDER BY)\b/#
        let clock = #/(^|[^.\w])now\(\)|CURRENT_TIMESTAMP|clock_timestamp\(\)/#
        for file in try SourceFile.all(in: ["Services"], extensions: ["swift"]) {
            for (number, line) in file.lines.enumerated() where line.contains(statement) {
                if line.contains(clock) {
                    found.append("\(file.path):\(number + 1) asks the database's clock")
                }
            }
        }
        #expect(found == [])
    }

    @Test("files have at most 400 lines and functions at most 70")
    func length() throws {
        var found: [String] = []
        for file in try SourceFile.all(in: Self.shipped + ["Tests"], extensions: ["swift"]) {
            if !(file.lines.count <= 400) { found.append("\(file.path) has \(file.lines.count) lines") }
            for function in CodeText(file.text).functions where function.length > 70 {
                found.append("\(file.path):\(function.line) is a function of \(function.length) lines")
            }
        }
        #expect(found == [])
    }

    private static func contains(_ line: String, _ construct: String) -> Bool {
        guard let range = line.range(of: construct) else { return false }
        guard let before = line[..<range.lowerBound].last else { return true }
        // "canTry!" and "validDate()" are other words.
        return !(before.isLetter || before.isNumber || before == "_")
    }
}
