import HTTPClient
import Primitives
import Synchronization
import TestKit

/// The Python SMTP servers of these tests, with every mail they took.
final class SMTPPeer: Sendable {
    struct Ports: Sendable {
        let plain: Int
        let startTLS: Int
        let secure: Int
        let refusing: Int
        let certificate: String
    }

    let ports: Ports
    private let process: ChildProcess
    private let received: Received

    private final class Received: Sendable {
        let mails = Mutex<[JSONNode]>([])
    }

    static func own() async throws -> SMTPPeer {
        let process = try await ChildProcess.start([
            HTTPPeer.python, "\(Repository.root)/Tests/Peers/smtp_peer.py", try HTTPPeer.temporaryFolder(),
        ])
        let received = Received()
        let lines = process.lines()
        let first = AsyncStream<Ports>.makeStream()
        // Reads for as long as the process writes.
        Task {
            var isFirst = true
            for await line in lines {
                let root = try JSONDocument(parsing: Array(line.utf8)).root
                if isFirst {
                    first.continuation.yield(Self.ports(root))
                    isFirst = false
                } else {
                    received.mails.withLock { $0.append(root) }
                }
            }
            first.continuation.finish()
        }
        for await ports in first.stream { return SMTPPeer(process, received, ports) }
        throw ChildProcessEnded(errors: await process.output().errors)
    }

    private init(_ process: ChildProcess, _ received: Received, _ ports: Ports) {
        self.process = process
        self.received = received
        self.ports = ports
    }

    var mails: [JSONNode] { received.mails.withLock { $0 } }

    /// The mail with a subject, once the server has reported it.
    func mail(subject: String) async throws -> JSONNode {
        try await eventually("the mail \(subject) arrives") {
            mails.first { $0["message"]?["subject"]?.string == subject }
        }
    }

    func client(
        port: Int, security: SMTPConfiguration.Security = .none, password: String? = nil,
        certificate: String? = nil,
        connections: Int = 4, total: Duration = .seconds(60)
    ) -> SMTPClient {
        SMTPClient(
            configuration: SMTPConfiguration(
                host: "localhost", port: port, security: security,
                credentials: password.map { .init(user: "duely", password: Secret($0)) },
                certificateFile: certificate,
                clientName: "client.test", maximumConnections: connections, maximumWaiting: 1000,
                connectTimeout: .seconds(20), totalTimeout: total))
    }

    private static func ports(_ root: JSONNode) -> Ports {
        func port(_ name: String) -> Int { Int(root[name]?.int64 ?? 0) }
        return Ports(
            plain: port("plain"), startTLS: port("startTLS"), secure: port("secure"),
            refusing: port("refusing"),
            certificate: root["certificate"]?.string ?? "")
    }
}

/// Reads a composed message with Python's parser.
enum MailReader {
    static func read(_ message: [UInt8]) async throws -> JSONNode {
        let text = try await ChildProcess.succeed([
            HTTPPeer.python, "\(Repository.root)/Tests/Peers/mail_reader.py", Base64.encode(message),
        ])
        return try JSONDocument(parsing: Array(text.utf8)).root
    }
}
