import Foundation
import TestKit
import Testing

@Suite("Words and names")
struct WordTests {
    private static let texts: Set = [
        "swift", "sql", "sh", "md", "yml", "yaml", "json", "html", "mjs", "js", "css", "conf", "template",
        "py", "h",
        "modulemap", "",
    ]
    private static let folders = ["Services", "Shared", "Tests", "deploy", ".ci"]

    @Test("nothing is left for later in a comment")
    func leftovers() throws {
        var found: [String] = []
        // Put together here, because this file is read by the test as well.
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
        for file in try SourceFile.all(in: Self.folders, extensions: Self.texts) {
            for (number, line) in file.lines.enumerated() where Self.isComment(line, in: file) {
                let words = line.split { !$0.isLetter }
                for mark in marks {
                    if words.contains(where: { $0 == mark }) {
                        found.append("\(file.path):\(number + 1) says \(mark)")
                    }
                }
            }
        }
        #expect(found == [])
    }

    @Test("nothing names the place where it was written or where packages come from")
    func places() throws {
        var found: [String] = []
        let places = [
            "/wo" + "rk/", "/tmp/due" + "ly/", "py" + "pi.org", "python" + "hosted", "npm" + "js.org",
            "/root" + "/",
        ]
        for file in try SourceFile.all(in: Self.folders, extensions: Self.texts) {
            for place in places {
                if file.text.contains(place) { found.append("\(file.path) names \(place)") }
            }
        }
        #expect(found == [])
    }

    @Test("names come from the field")
    func names() throws {
        var found: [String] = []
        let empty = ["Manager", "Helper", "Util", "Utils", "Common", "Impl"]
        let declaration = #/\b(?:class|struct|enum|actor|protocol)\s+(\w+)/#
        for file in try SourceFile.all(in: ["Services", "Shared", "Tests"], extensions: ["swift"]) {
            for line in CodeText(file.text).lines {
                guard let name = line.firstMatch(of: declaration)?.output.1 else { continue }
                if empty.contains(where: { name.hasSuffix($0) || name.hasPrefix($0) }) {
                    found.append("\(file.path): \(name)")
                }
            }
        }
        #expect(found == [])
    }

    @Test("a shipped file with one type has the name of that type")
    func fileNames() throws {
        var found: [String] = []
        let declaration =
            #/^(?:public |final |indirect |package |@\w+ )*(?:class|struct|enum|actor|protocol)\s+(\w+)/#
        for file in try SourceFile.all(in: ["Services", "Shared"], extensions: ["swift"])
        where file.name != "main" && !file.name.contains("+") {
            let type = String(file.name.split(separator: "+")[0])
            let types = CodeText(file.text).lines.compactMap { $0.firstMatch(of: declaration)?.output.1 }
            if types.count == 1, types[0] != type { found.append("\(file.path) declares \(types[0])") }
        }
        #expect(found == [])
    }

    @Test("every script says how it is run and stops at the first error")
    func scripts() throws {
        var found: [String] = []
        for name in ["run", "stop", "test", "server", "service", "demo"] {
            let path = Repository.root + "/deploy/" + name
            let text = try String(contentsOfFile: path, encoding: .utf8)
            if !(text.contains("set -euo pipefail")) { found.append("\(name)") }
            if !(FileManager.default.isExecutableFile(atPath: path)) { found.append("\(name)") }
        }
        #expect(found == [])
    }

    private static func isComment(_ line: Substring, in file: SourceFile) -> Bool {
        line.contains("//") || line.contains("<!--") || !file.path.hasSuffix(".swift") && line.contains("#")
            || file.path.hasSuffix(".sql") && line.contains("--")
    }
}
