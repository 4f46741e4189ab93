import Crypto
import EventContracts
import HTTPServer
import Observability
import Postgres
import Primitives
import TestKit
import Testing

@testable import ServiceKit

/// How much machines may ask.
@Suite(.timeLimit(.minutes(10))) struct MachinePlanTests {
    /// A service that knows one key.
    private struct Stage {
        let key = SecretToken.generate(prefix: "dk")
        let id = APIKeyID(.v7())
        let world: AccessWorld

        func record(perMinute: Int64?, perMonth: Int64?) async throws {
            let changed = APIKeyChanged(
                apiKeyID: id, organizationID: OrganizationID(.v7()), hash: Hex.encode(key.hash),
                scopes: ["invoices.read"], isRevoked: false, requestsPerMinute: perMinute,
                requestsPerMonth: perMonth)
            try await world.pool.transaction { tx in
                try MachineCredential.record([MachineCredential(changed, sequence: 1)], in: tx)
            }
        }

        func ask(_ authenticator: Authenticator, _ path: String = "/read", key: String? = nil) async
            -> HTTPResponse
        {
            var router = Router()
            router.group(middleware: [MachinePlans(authenticator: authenticator)]) { router in
                router.get("/read") { request in
                    try await authenticator.authenticate(request).require(.invoicesRead)
                    return .empty()
                }
                router.get("/gone") { _ in throw Problem.notFound }
            }
            let pipeline = RequestPipeline(
                router: router, problems: ProblemMapping([]), proxies: TrustedProxies([]),
                log: Log(service: "test", level: .error, sink: SilentSink()), metrics: Metrics())
            let shown = key ?? self.key.text.reveal()
            return await pipeline.respond("GET", path, headers: ["Authorization": "Bearer \(shown)"])
        }

        func stored() async throws -> Int64? {
            let id = id
            return try await world.pool.transaction { tx in
                try tx.query("SELECT sum(requests)::bigint FROM access_api_usage WHERE api_key_id = $1", [id])
                    .scalar(as: Int64?.self) ?? nil
            }
        }
    }

    @Test("a plan's minute is told in every answer, and one request more is refused until the next begins")
    func minute() async throws {
        try await AccessWorld.with { world in
            let stage = Stage(world: world)
            try await stage.record(perMinute: 3, perMonth: 1000)
            let authenticator = try await world.started()
            world.clock.advance(by: .seconds(10))
            let first = await stage.ask(authenticator)
            #expect(first.status == 204)
            #expect(
                first.headers["RateLimit"]?.hasPrefix(
                    #""requests_per_minute";r=2;t=50, "requests_per_month""#)
                    == true)
            #expect(first.headers["RateLimit-Policy"]?.contains("q=3;w=60") == true)
            let gone = await stage.ask(authenticator, "/gone")
            #expect(gone.status == 404 && gone.headers["RateLimit"]?.contains("r=1;") == true)
            #expect(await stage.ask(authenticator).status == 204)
            let refused = await stage.ask(authenticator)
            #expect(refused.status == 429 && refused.headers["Retry-After"] == "50")
            #expect(refused.headers["RateLimit"] == #""requests_per_minute";r=0;t=50"#)
            #expect(String(decoding: refused.body, as: UTF8.self).contains("rate_limited"))
            world.clock.advance(by: .seconds(50))
            #expect(await stage.ask(authenticator).status == 204)
            await authenticator.stop()
        }
    }

    @Test("a month's quota counts over restarts and replicas, and begins anew with the month")
    func month() async throws {
        try await AccessWorld.with { world in
            let stage = Stage(world: world)
            try await stage.record(perMinute: nil, perMonth: 5)
            let first = try await world.started()
            for _ in 0..<3 { #expect(await stage.ask(first).status == 204) }
            await first.stop()
            #expect(try await stage.stored() == 3)
            let second = try await world.started()
            for _ in 0..<2 { #expect(await stage.ask(second).status == 204) }
            let refused = await stage.ask(second)
            #expect(refused.status == 429)
            // 2027-01-15T08:00:00Z: the month has 1 440 000 seconds left.
            #expect(refused.headers["Retry-After"] == "1440000")
            try await eventually("the requests are written") { try await stage.stored() == 5 }
            let third = try await world.started()
            #expect(await stage.ask(third).status == 429)
            world.clock.advance(by: .seconds(1_440_000))
            for authenticator in [second, third] { #expect(await stage.ask(authenticator).status == 204) }
            for authenticator in [second, third] { await authenticator.stop() }
            #expect(try await stage.stored() == 7)
        }
    }

    @Test("people are not counted, and their answers tell of no plan")
    func people() async throws {
        try await AccessWorld.with { world in
            let stage = Stage(world: world)
            let authenticator = try await world.started()
            let answer = await stage.ask(authenticator, key: world.token(world.principal()))
            #expect(answer.status == 204 && answer.headers["RateLimit"] == nil)
            await authenticator.stop()
        }
    }
}
