import Crypto
import HTTPClient
import Postgres
import Primitives
import ServiceKit
import Settings
import TestKit
import Testing

@testable import IdentityService

@Suite(.timeLimit(.minutes(10))) struct SigningKeyTests {
    private func published(_ world: IdentityWorld) async throws -> JSONWebKeySet {
        let answer = try await world.call("GET", "/.well-known/jwks.json")
        #expect(answer.response.header("cache-control") == "public, max-age=60")
        return try JSONWebKeySet(parsing: answer.response.body)
    }

    @Test("one key is made, published and told; its seed is stored encrypted")
    func first() async throws {
        try await IdentityWorld.with { world in
            let keys = try await published(world)
            #expect(keys.keys.count == 1)
            let event = try #require(try await world.events("signing_key.rotated.v1").first)
            #expect(event.data["key_id"]?.string == keys.keys[0].id)
            let stored = try await world.pool.transaction { tx in
                try tx.query("SELECT encrypted_seed FROM signing_keys").scalar(as: [UInt8].self)
            }
            let storageKey = try #require(StorageKey(rawBytes: Array(repeating: 7, count: 32)))
            let seed = storageKey.decrypt(stored ?? [], purpose: "signing key \(keys.keys[0].id)")
            #expect(seed.flatMap { SigningKey(seed: $0) }?.id == keys.keys[0].id)
            #expect(seed.map { !(stored ?? []).suffix(48).starts(with: $0) } == true)
        }
    }

    @Test("replicas that start together share one key, and each accepts what the other signed")
    func replicas() async throws {
        try await TestDatabase.with { database in
            let clock = ManualClock(Instant(seconds: 1_800_000_000))
            let sealing = UnsealingKey.generate()
            let worlds = try await withThrowingTaskGroup(of: IdentityWorld.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await IdentityWorld.start(on: database, clock: clock, unsealingKey: sealing)
                    }
                }
                return try await group.reduce(into: [IdentityWorld]()) { $0.append($1) }
            }
            _ = try await worlds[0].signUp()
            let token = try await worlds[1].logIn()["access_token"]
            for world in worlds {
                #expect(try await published(world).keys.count == 1)
                #expect(try await world.call("GET", "/v1/me", token: token).status == 200)
            }
            for world in worlds { await world.stop() }
        }
    }

    @Test(
        "a key is replaced after its life; tokens of the old one count until they end, then it is forgotten")
    func rotation() async throws {
        try await IdentityWorld.with(["DUELY_SIGNING_KEY_LIFE_SECONDS": "86400"]) { world in
            _ = try await world.signUp()
            let old = try await published(world).keys[0]
            world.clock.advance(by: .seconds(86_399))
            let token = try await world.logIn()["access_token"]
            world.clock.advance(by: .seconds(1))
            try await eventually("a new key is published") { try await published(world).keys.count == 2 }
            #expect(try await world.call("GET", "/v1/me", token: token).status == 200)
            let fresh = try await world.logIn()["access_token"]
            #expect(try await world.call("GET", "/v1/me", token: fresh).status == 200)
            world.clock.advance(by: .seconds(4201))
            try await eventually("the old key is forgotten") { try await published(world).keys.count == 1 }
            #expect(try await published(world)[old.id] == nil)
            #expect(try await world.events("signing_key.rotated.v1").count == 2)
        }
    }

    @Test("an operator replaces a key before its time; tokens of both are accepted")
    func replaced() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            let old = try await published(world).keys[0]
            let command = try #require(world.commands.first { $0.name == "rotate-key" })
            world.clock.advance(by: .seconds(1))
            try await command.run()
            let keys = try await published(world)
            #expect(keys.keys.count == 2 && keys[old.id] != nil && keys.keys[0].id != old.id)
            func header(_ token: String?) -> Substring? { token?.split(separator: ".").first }
            // Announced, and not used before every service has had the time to hear of it.
            #expect(header(try await world.logIn()["access_token"]) == header(token))
            world.clock.advance(by: .seconds(10))
            let fresh = try await world.logIn()["access_token"]
            #expect(header(fresh) != header(token))
            for token in [token, fresh] {
                #expect(try await world.call("GET", "/v1/me", token: token).status == 200)
            }
            #expect(try await world.events("signing_key.rotated.v1").count == 2)
            let signing = try await world.pool.transaction { tx in
                try tx.query("SELECT id FROM signing_keys WHERE retired_at IS NULL").column(
                    0, as: String.self)
            }
            #expect(signing == [keys.keys[0].id])
        }
    }

    @Test("a restart with another secret says so and signs nothing")
    func wrongSecret() async throws {
        try await TestDatabase.with { database in
            let world = try await IdentityWorld.start(on: database)
            await world.stop()
            let other = ["DUELY_SIGNING_KEY_SECRET": Base64URL.encode(Array(repeating: UInt8(8), count: 32))]
            let error = await #expect(throws: SigningKeys.WrongStorageKey.self) {
                try await IdentityWorld.start(on: database, other)
            }
            #expect(error?.description.contains("DUELY_SIGNING_KEY_SECRET") == true)
        }
    }

    @Test("settings that are missing or wrong are all named at once")
    func settings() {
        var reader = SettingsReader([
            "DUELY_SIGNING_KEY_SECRET": "AAAA", "DUELY_ACCESS_TOKEN_SECONDS": "0",
            "DUELY_PASSWORD_THREADS": "many",
        ])
        _ = IdentitySettings(&reader)
        let error = #expect(throws: SettingsError.self) { try reader.finish() }
        #expect(
            Set(error?.problems.map(\.name) ?? []) == [
                "DUELY_SIGNING_KEY_SECRET", "DUELY_SEAL_PUBLIC_KEY", "DUELY_ACCESS_TOKEN_SECONDS",
                "DUELY_PASSWORD_THREADS",
            ])
    }
}
