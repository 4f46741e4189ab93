import HTTPServer
import Lifecycle
import Observability
import Postgres
import Primitives
import ServiceKit
import Synchronization
import TestKit
import Testing

/// Counts how often something happened.
private final class Effects: Sendable {
    private let list = Mutex<[String]>([])

    func add(_ effect: String) {
        list.withLock { $0.append(effect) }
    }

    var all: [String] {
        list.withLock { $0 }
    }
}

private struct Failure: Error {}

@Suite(.timeLimit(.minutes(10))) struct IdempotencyStoreTests {
    private let clock = ManualClock(Instant(seconds: 1_800_000_000))
    private let effects = Effects()

    /// A service with one route that is repeatable, in a database of its own.
    private func withPipeline(
        _ body: (RequestPipeline, PostgresPool, IdempotencyStore) async throws -> Void
    ) async throws {
        try await TestDatabase.with(prefix: "idempotency") { database in
            let configuration = PostgresConfiguration(
                host: database.server.host, port: database.server.port, database: database.name,
                user: database.role, password: Secret(database.password), applicationName: "tests")
            try await Migrator.run(
                [Migration(version: 1, name: "idempotency", sql: IdempotencySchema.sql)],
                configuration: configuration, log: .silent)
            let metrics = Metrics()
            let pool = PostgresPool(
                configuration: configuration, label: "test", log: .silent, metrics: metrics)
            try await pool.start()
            let store = IdempotencyStore(
                pool: pool, clock: clock, lease: .seconds(60), retention: .seconds(86_400))
            var router = Router()
            router.post("/pay") { [effects] request in
                try await store.perform(request, caller: request.headers["X-Caller"] ?? "acc_1") { claim in
                    if request.headers["X-Fail"] != nil { throw Failure() }
                    return try await pool.transaction { tx in
                        effects.add(String(decoding: request.body, as: UTF8.self))
                        let answer = HTTPResponse.json(201, request.body).with("Location", "/p/1")
                            .with("Set-Cookie", "__Host-a=SECRET")
                        return try claim.answer(answer, in: tx)
                    }
                }
            }
            let pipeline = RequestPipeline(
                router: router, problems: ProblemMapping(), proxies: .none, log: .silent, metrics: metrics)
            try await body(pipeline, pool, store)
            await pool.stop()
        }
    }

    private func headers(_ key: String?, _ more: HTTPHeaders = [:]) -> HTTPHeaders {
        var headers = more
        if let key { headers.add("Idempotency-Key", key) }
        return headers
    }

    @Test("a repeated request has one effect and the same answer")
    func replay() async throws {
        try await withPipeline { pipeline, _, _ in
            let first = await pipeline.respond("POST", "/pay", headers: headers("k"), body: Array("{}".utf8))
            let second = await pipeline.respond("POST", "/pay", headers: headers("k"), body: Array("{}".utf8))
            #expect(first.status == 201 && second.status == 201)
            #expect(second.body == first.body)
            #expect(second.headers["location"] == "/p/1")
            #expect(second.headers["idempotency-replayed"] == "true")
            // What a browser was told to keep is not told again: it was never stored.
            #expect(first.headers["set-cookie"] != nil && second.headers["set-cookie"] == nil)
            #expect(effects.all.count == 1)
        }
    }

    @Test("another body under the same key is refused, the same key of another caller is not")
    func otherBody() async throws {
        try await withPipeline { pipeline, _, _ in
            _ = await pipeline.respond("POST", "/pay", headers: headers("k"), body: Array("1".utf8))
            let other = await pipeline.respond("POST", "/pay", headers: headers("k"), body: Array("2".utf8))
            #expect(other.status == 422)
            let query = await pipeline.respond(
                "POST", "/pay?a=b", headers: headers("k"), body: Array("1".utf8))
            #expect(query.status == 422)
            let caller = await pipeline.respond(
                "POST", "/pay", headers: headers("k", ["X-Caller": "acc_2"]), body: Array("2".utf8))
            #expect(caller.status == 201)
        }
    }

    @Test("without a key every request has its effect")
    func noKey() async throws {
        try await withPipeline { pipeline, _, _ in
            for _ in 0..<2 { _ = await pipeline.respond("POST", "/pay", body: Array("{}".utf8)) }
            #expect(effects.all.count == 2)
        }
    }

    @Test("an operation that failed leaves the key free")
    func failure() async throws {
        try await withPipeline { pipeline, _, _ in
            let failed = await pipeline.respond("POST", "/pay", headers: headers("k", ["X-Fail": "1"]))
            #expect(failed.status == 500)
            #expect(await pipeline.respond("POST", "/pay", headers: headers("k")).status == 201)
        }
    }

    @Test("a claim without an answer keeps others away until its lease runs out")
    func lease() async throws {
        try await withPipeline { pipeline, pool, _ in
            _ = await pipeline.respond("POST", "/pay", headers: headers("k"), body: Array("1".utf8))
            // As a process leaves it that dies between claim and effect.
            try await pool.transaction { tx in
                _ = try tx.execute(
                    "UPDATE idempotent_requests SET status = NULL, headers = NULL, body = NULL")
            }
            let waiting = await pipeline.respond("POST", "/pay", headers: headers("k"), body: Array("1".utf8))
            #expect(waiting.status == 409)
            #expect(waiting.headers["retry-after"] == "1")
            clock.advance(by: .seconds(61))
            let taken = await pipeline.respond("POST", "/pay", headers: headers("k"), body: Array("1".utf8))
            #expect(taken.status == 201)
            #expect(effects.all.count == 2)
        }
    }

    @Test("an answer is repeated for its time and then forgotten")
    func retention() async throws {
        try await withPipeline { pipeline, _, store in
            _ = await pipeline.respond("POST", "/pay", headers: headers("k"))
            clock.advance(by: .seconds(86_401))
            #expect(await pipeline.respond("POST", "/pay", headers: headers("k")).status == 201)
            #expect(effects.all.count == 2)
            clock.advance(by: .seconds(86_401))
            let pruned = try await store.prune(limit: 100)
            #expect(pruned == 1)
        }
    }

    @Test("of many requests with one key at the same time exactly one has its effect")
    func concurrent() async throws {
        try await withPipeline { pipeline, _, _ in
            let statuses = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask { await pipeline.respond("POST", "/pay", headers: headers("k")).status }
                }
                return await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(effects.all.count == 1)
            #expect(statuses.contains(201))
            #expect(statuses.allSatisfy { $0 == 201 || $0 == 409 })
        }
    }
}
