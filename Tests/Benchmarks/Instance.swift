import Foundation
import HTTPClient
import Observability
import Postgres
import Primitives
import Settings

/// A running instance, as `deploy/bench` describes it in the environment.
struct Instance {
    let home: String
    let pool: PostgresPool
    let http: HTTPClient
    let gateway: String
    private let ports: [String: String]

    init(environment: [String: String]) throws {
        var settings = SettingsReader(environment)
        home = settings.string("DUELY_HOME")
        let database = settings.url("DUELY_BENCH_DATABASE_URL", schemes: ["postgres", "postgresql"])
        gateway = settings.string("DUELY_BENCH_GATEWAY")
        try settings.finish()
        ports = environment.filter { $0.key.hasPrefix("DUELY_BENCH_URL_") }
        var configuration = PostgresConfiguration(
            host: database.host, port: database.port ?? 5432, database: "duely",
            user: database.user ?? "postgres",
            password: database.password, applicationName: "duely-bench")
        configuration.poolSize = 2
        configuration.statementTimeout = .seconds(300)
        pool = PostgresPool(
            configuration: configuration, label: "bench", log: Log(service: "bench", level: .error),
            metrics: Metrics())
        http = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 64, maximumWaiting: 1_000_000, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
    }

    func url(_ service: String) -> String { ports["DUELY_BENCH_URL_\(service.uppercased())"] ?? "" }

    /// The processes whose time is counted; the gateway's stand-in is not one of them.
    func processes() throws -> [String: [Int32]] {
        var parts: [String: [Int32]] = [:]
        for name in ["identity", "invoice", "payment", "scheduler", "notification", "postgres", "rabbitmq"] {
            let pids = try FileManager.default.contentsOfDirectory(atPath: home + "/run")
                .filter { $0 == "\(name).pid" || ($0.hasPrefix("\(name)-") && $0.hasSuffix(".pid")) }
                .compactMap { try? String(contentsOfFile: "\(home)/run/\($0)", encoding: .utf8) }
                .compactMap { $0.split(whereSeparator: \.isWhitespace).first.flatMap { Int32($0) } }
            parts[name] = pids.flatMap { ProcessorTime.family(of: $0) }
        }
        return parts
    }

    /// Shifts the clock of all services.
    func setClock(shiftSeconds: Int64) throws {
        try Data("\(shiftSeconds)\n".utf8).write(to: URL(fileURLWithPath: home + "/clock"))
    }

    func count(_ sql: String) async throws -> Int64 {
        try await pool.transaction { tx in try tx.query(sql).scalar(as: Int64.self) ?? 0 }
    }

    @discardableResult
    func send(
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
            throw BenchmarkFailure(
                "\(method) \(url): \(response.status) \(String(decoding: response.body.prefix(300), as: UTF8.self))"
            )
        }
        return try JSONDocument(parsing: response.body.isEmpty ? Array("{}".utf8) : response.body).root
    }

    /// Waits until a count is reached, and says how it goes.
    func wait(
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
                throw BenchmarkFailure("\(what): stuck at \(now) of \(target)")
            }
            try await ContinuousClock().sleep(for: pause)
        }
    }

    /// Runs work for each element, so many at a time.
    func each<Element: Sendable>(
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
