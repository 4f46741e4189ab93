import Foundation
import HTTPClient
import Primitives
import TestKit

/// A mail server in a process of its own, which reports what it took as JSON lines.
actor MailServer {
    private let process: ChildProcess
    private var lines: AsyncStream<String>.Iterator
    private let port: Int
    private let folder: String

    static func start() async throws -> MailServer {
        let folder = FileManager.default.temporaryDirectory.path + "/duely-mail-\(RawID.v7().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = try await ChildProcess.start([
            "/usr/bin/python3", "\(Repository.root)/Tests/Peers/smtp_peer.py", folder,
        ])
        var lines = process.lines().makeAsyncIterator()
        guard let first = await lines.next(),
            let port = try JSONDocument(parsing: Array(first.utf8)).root["plain"]?.int64
        else { throw MailServerDidNotStart(errors: await process.output().errors) }
        return MailServer(process, lines, Int(port), folder)
    }

    struct MailServerDidNotStart: Error {
        let errors: String
    }

    private init(
        _ process: ChildProcess, _ lines: AsyncStream<String>.Iterator, _ port: Int, _ folder: String
    ) {
        (self.process, self.lines, self.port, self.folder) = (process, lines, port, folder)
    }

    nonisolated func client() -> SMTPClient {
        SMTPClient(
            configuration: SMTPConfiguration(
                host: "127.0.0.1", port: port, security: .none, credentials: nil, certificateFile: nil,
                clientName: "client.test", maximumConnections: 4, maximumWaiting: 100,
                connectTimeout: .seconds(5), totalTimeout: .seconds(10)))
    }

    /// The first mail that was taken.
    func firstMail() async throws -> JSONNode {
        var iterator = lines
        let line = await iterator.next(isolation: self)
        lines = iterator
        return try JSONDocument(parsing: Array((line ?? "").utf8)).root
    }

    func stop() async {
        await process.kill()
        // A folder that is already gone needs nothing.
        try? FileManager.default.removeItem(atPath: folder)
    }
}
