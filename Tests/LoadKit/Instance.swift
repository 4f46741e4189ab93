import Crypto
import Foundation
public import HTTPClient
import Observability
public import Postgres
public import Primitives

/// A running instance, found by its folder: its ports, its database and its processes.
public struct Instance: Sendable {
    /// The folder of the instance.
    public let home: String
    /// The database as the superuser, who sees every service's schema.
    public let pool: PostgresPool
    /// Calls the services and the gateway directly.
    public let http: HTTPClient
    /// Where the gateway listens.
    public var gateway: String { url("gateway") }

    /// Finds the instance that `deploy/run` or `deploy/bench` keeps in a folder.
    public init(home: String) throws {
        self.home = home
        let port = try Self.line(home + "/run/postgres.port")
        var configuration = PostgresConfiguration(
            host: "127.0.0.1", port: Int(port) ?? 5432, database: "duely", user: "postgres",
            password: Secret(try Self.line(home + "/secrets/postgres")), applicationName: "load")
        configuration.poolSize = 2
        configuration.statementTimeout = .seconds(300)
        pool = PostgresPool(
            configuration: configuration, label: "load", log: Log(service: "load", level: .error),
            metrics: Metrics())
        http = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 64, maximumWaiting: 1_000_000, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
    }

    private static func line(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Where a part listens.
    public func url(_ part: String) -> String {
        "http://127.0.0.1:\((try? Self.line("\(home)/run/\(part).port")) ?? "0")"
    }

    /// The root processes of the product's parts; the gateway's stand-in is not one of them.
    public func processes() throws -> [String: [Int32]] {
        var parts: [String: [Int32]] = [:]
        for name in ["identity", "invoice", "payment", "scheduler", "notification", "postgres", "rabbitmq"] {
            let pids = try FileManager.default.contentsOfDirectory(atPath: home + "/run")
                .filter { $0 == "\(name).pid" || ($0.hasPrefix("\(name)-") && $0.hasSuffix(".pid")) }
                .compactMap { try? String(contentsOfFile: "\(home)/run/\($0)", encoding: .utf8) }
                .compactMap { $0.split(whereSeparator: \.isWhitespace).first.flatMap { Int32($0) } }
            parts[name] = pids
        }
        return parts
    }

    /// Shifts the clock of all services.
    public func setClock(shiftSeconds: Int64) throws {
        try Data("\(shiftSeconds)\n".utf8).write(to: URL(fileURLWithPath: home + "/clock"))
    }

    /// The number that a query gives.
    public func count(_ sql: String) async throws -> Int64 {
        try await pool.transaction { tx in try tx.query(sql).scalar(as: Int64.self) ?? 0 }
    }

    /// Sends a request and reads the answer; a status outside of the expected is an error.
    @discardableResult
    public func send(
        _ method: String, _ url: String, json: String? = nil, form: String? = nil, token: String? = nil,
        expecting statuses: ClosedRange<Int> = 200...299
    ) async throws -> JSONNode {
        var headers: [(name: String, value: String)] = []
        if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
        if json != nil { headers.append((name: "Content-Type", value: "application/json")) }
        if form != nil { headers.append((name: "Content-Type", value: "application/x-www-form-urlencoded")) }
        let response = try await http.send(
            ClientRequest(
                method: method, url: url, headers: headers, body: Array((json ?? form ?? "").utf8),
                limits: .init(connect: .seconds(5), total: .seconds(60), responseBytes: 8 << 20)))
        guard statuses.contains(response.status) else {
            throw LoadFailure(
                "\(method) \(url): \(response.status) \(String(decoding: response.body.prefix(300), as: UTF8.self))"
            )
        }
        return try JSONDocument(parsing: response.body.isEmpty ? Array("{}".utf8) : response.body).root
    }

    /// Confirms a sign-up without its mail, which need not be delivered under load: the database's superuser puts a
    /// secret into the place of the mailed one, and follows the link as the person would.
    public func proveAddress(_ email: String) async throws {
        let token = SecretToken.generate(prefix: "vt")
        let count = try await pool.transaction { tx in
            try tx.execute("UPDATE identity.sign_ups SET hash = $2 WHERE email = $1", [email, token.hash])
        }
        guard count == 1 else { throw LoadFailure("\(count) sign-ups wait for \(email)") }
        try await send(
            "POST", url("identity") + "/v1/verifications", json: #"{"token":"\#(token.text.reveal())"}"#)
    }

    /// Waits until a count is reached, and says how it goes.
    public func wait(
        for what: String, until target: Int64, every pause: Duration = .milliseconds(200), _ sql: String
    ) async throws {
        var last: Int64 = -1
        var stuckSince = ContinuousClock.now
        while true {
            let now = try await count(sql)
            if now >= target { return }
            if now != last {
                last = now
                stuckSince = .now
            } else if ContinuousClock.now - stuckSince > .seconds(60) {
                throw LoadFailure("\(what): stuck at \(now) of \(target)")
            }
            try await ContinuousClock().sleep(for: pause)
        }
    }

    /// Runs work for each element, so many at a time.
    public func each<Element: Sendable>(
        _ elements: [Element], atOnce width: Int, _ work: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var iterator = elements.makeIterator()
            for _ in 0..<width { if let next = iterator.next() { group.addTask { try await work(next) } } }
            while try await group.next() != nil {
                if let next = iterator.next() { group.addTask { try await work(next) } }
            }
        }
    }
}

/// Why there is no load, or no figure.
public struct LoadFailure: Error, CustomStringConvertible {
    /// In a sentence.
    public let description: String

    /// A failure.
    public init(_ description: String) { self.description = description }
}
