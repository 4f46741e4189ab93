import Crypto
import HTTPServer
import Observability
import Postgres
import Primitives
import ServiceTestKit
import TestKit
import Testing

@testable import ServiceKit

/// Another service that asks identity for its keys over HTTP and keeps them in its own schema.
@Suite(.timeLimit(.minutes(10))) struct OtherServiceTests {
    /// A process of the other service: what two have in common is their schema.
    private struct Replica {
        let pool: PostgresPool
        let authenticator: Authenticator

        static func start(
            on database: TestDatabase, of world: IdentityWorld
        ) async throws -> Replica {
            let configuration = database.configuration(connections: 2)
            let log = Log(service: "other", level: .error, sink: SilentSink())
            _ = try await Migrator.run(
                [
                    Migration(version: 1, name: "access", sql: AccessSchema.sql),
                    Migration(version: 3, name: "machines", sql: MachineSchema.sql),
                ], configuration: configuration, log: log)
            let pool = PostgresPool(
                configuration: configuration, label: "other", log: log, metrics: Metrics())
            try await pool.start()
            let authenticator = Authenticator(
                configuration: AuthenticatorConfiguration(
                    leeway: .seconds(5), maximumTokenLife: .seconds(3600), minimumFetchInterval: .zero,
                    refreshInterval: .seconds(3600), revocationInterval: .milliseconds(20),
                    usageInterval: .milliseconds(50), cookieName: SessionCookies.access),
                source: HTTPKeySource(
                    client: world.client, identityURL: "http://127.0.0.1:\(world.port)"),
                pool: pool, clock: world.clock, log: log, metrics: Metrics())
            try await authenticator.start()
            return Replica(pool: pool, authenticator: authenticator)
        }

        func accepts(_ token: String?) async -> Bool {
            do {
                _ = try await authenticator.authenticate(token: token ?? "")
                return true
            } catch {
                return false
            }
        }

        func stop() async {
            await authenticator.stop()
            await pool.stop()
        }
    }

    @Test(
        "a rotated key counts elsewhere without a restart, the old one for its time, and both without identity"
    )
    func rotation() async throws {
        try await TestDatabase.with { own in
            try await TestDatabase.with { other in
                let world = try await IdentityWorld.start(
                    on: own, ["DUELY_SIGNING_KEY_LIFE_SECONDS": "86400"])
                _ = try await world.signUp()
                let service = try await Replica.start(on: other, of: world)
                world.clock.advance(by: .seconds(86_399))
                let old = try await world.logIn()["access_token"]
                #expect(await service.accepts(old))
                world.clock.advance(by: .seconds(1))
                try await eventually("identity has a new key") {
                    try await world.events("signing_key.rotated.v1").count == 2
                }
                let fresh = try await world.logIn()["access_token"]
                #expect(await service.accepts(fresh))
                #expect(await service.accepts(old))
                await world.stop()
                #expect(await service.accepts(fresh))
                #expect(await service.accepts(old))
                await service.stop()
                let restarted = try await Replica.start(on: other, of: world)
                #expect(await restarted.accepts(fresh))
                #expect(await restarted.accepts(old))
                world.clock.advance(by: .seconds(606))
                #expect(!(await restarted.accepts(old)))
                await restarted.stop()
            }
        }
    }
}
