import Foundation
import Primitives
import TestKit

/// Chromium, driven by a script beside this file.
enum RealBrowser {
    private static let python = Repository.root + "/.build-tools/bin/python"

    static let isInstalled =
        FileManager.default.isExecutableFile(atPath: Repository.root + "/.build-tools/bin/playwright")
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")

    /// Runs a script; the folder for pictures is its last argument, what it saw its answer.
    static func run(_ script: String, _ arguments: [String]) async throws -> JSONNode {
        let folder = Repository.root + "/.duely-test/screenshots"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let output = try await ChildProcess.succeed(
            [python, "Tests/Browser/\(script).py"] + arguments + [folder])
        return try JSONDocument(parsing: Array(output.utf8)).root
    }
}
