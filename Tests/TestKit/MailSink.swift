import Foundation

/// The mail sink of a running system, or one that a test starts for itself.
public struct MailSink: Sendable {
    /// A mail as it arrived.
    public struct Mail: Sendable, Decodable {
        /// Grows with every mail.
        public let id: Int
        /// The sender as written in the header.
        public let from: String
        /// The recipients of the envelope.
        public let to: [String]
        /// The decoded subject.
        public let subject: String
        /// All header fields, decoded.
        public let headers: [String: String]
        /// The plain text.
        public let text: String
        /// The page, empty when there is none.
        public let html: String
        /// Every address in text and page.
        public let links: [String]
        /// The names of attached files.
        public let attachments: [String?]
    }

    /// Where it shows its mails.
    public let url: String
    /// Where it takes mails; zero when it is a running system's.
    public let smtpPort: Int
    private let process: ChildProcess?
    private let folder: String?

    /// The sink that shows its mails there.
    public init(url: String) {
        self.url = url
        smtpPort = 0
        process = nil
        folder = nil
    }

    private init(url: String, smtpPort: Int, process: ChildProcess, folder: String) {
        self.url = url
        self.folder = folder
        self.smtpPort = smtpPort
        self.process = process
    }

    /// Starts a sink of its own; it ends with the test process or with `stop()`.
    public static func start() async throws -> MailSink {
        let folder = "/tmp/duely-test-mail-\(UInt64.random(in: 0...UInt64.max))"
        let (smtp, http) = (try FreePort.find(), try FreePort.find())
        let process = try await ChildProcess.start([
            "deploy/mail-sink", "--folder", folder, "--smtp-port", "\(smtp)", "--http-port", "\(http)",
        ])
        let sink = MailSink(url: "http://127.0.0.1:\(http)", smtpPort: smtp, process: process, folder: folder)
        try await eventually("the start of the mail sink") {
            try await ChildProcess.run(["curl", "-fsS", sink.url + "/mails"]).status == 0
        }
        return sink
    }

    /// Ends it.
    public func stop() async {
        process?.signal(15)
        await process?.waitForExit()
        // A folder that is already gone needs nothing.
        if let folder { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// The mails to that address, oldest first; all of them without an address.
    public func mails(to address: String? = nil, after id: Int = 0) async throws -> [Mail] {
        let query = "?after=\(id)" + (address.map { "&to=\($0)" } ?? "")
        let body = try await ChildProcess.succeed(["curl", "-fsS", url + "/mails" + query])
        return try JSONDecoder().decode([Mail].self, from: Data(body.utf8))
    }

    /// Waits for a mail to that address that the closure accepts.
    public func mail(
        to address: String, after id: Int = 0, within limit: Duration = .seconds(60),
        _ what: String = "a mail",
        where accepts: (Mail) -> Bool = { _ in true }
    ) async throws -> Mail {
        try await eventually(within: limit, every: .milliseconds(100), "\(what) to \(address)") {
            try await mails(to: address, after: id).first(where: accepts)
        }
    }

    /// Forgets all mails.
    public func clear() async throws {
        try await ChildProcess.succeed(["curl", "-fsS", "-X", "DELETE", url + "/mails"])
    }
}
