import Foundation
import TestKit

/// A file of the repository, with what rules ask about it.
struct SourceFile {
    /// The path from the top of the repository.
    let path: String
    let text: String

    /// The file name without folder and extension.
    var name: String { String(path.split(separator: "/").last?.split(separator: ".").first ?? "") }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The files of the working copy that belong to the repository, by folder and extension.
    static func all(in folders: [String], extensions: Set<String>) throws -> [SourceFile] {
        let root = URL(fileURLWithPath: Repository.root)
        return try folders.flatMap { folder -> [SourceFile] in
            let base = root.appendingPathComponent(folder)
            guard let walker = FileManager.default.enumerator(atPath: base.path) else { return [] }
            return try walker.compactMap { $0 as? String }.filter { path in
                let isHidden = path.split(separator: "/").contains {
                    $0.hasPrefix(".") || $0 == "__pycache__"
                }
                var isFolder: ObjCBool = false
                let exists = FileManager.default.fileExists(
                    atPath: base.appendingPathComponent(path).path, isDirectory: &isFolder)
                guard exists, !isFolder.boolValue else { return false }
                return !isHidden && extensions.contains(URL(fileURLWithPath: path).pathExtension)
            }.sorted().map { path in
                SourceFile(
                    path: folder + "/" + path,
                    text: try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8))
            }
        }
    }

    /// The modules it imports.
    var imports: [String] {
        lines.compactMap { line in
            var words = line.split(separator: " ").map(String.init)[...]
            while let first = words.first, first.hasPrefix("@") || first == "public" || first == "internal" {
                words = words.dropFirst()
            }
            guard words.first == "import" else { return nil }
            words = words.dropFirst()
            let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            if let kind = words.first, kinds.contains(kind) { words = words.dropFirst() }
            return words.first.map { String($0.split(separator: ".")[0]) }
        }
    }
}
