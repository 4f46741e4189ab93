import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

/// Keys and clients as their organization manages them.
@Suite(.timeLimit(.minutes(10))) struct MachineTests {
    private static let keys = "/v1/api_keys"

    private func owner(_ world: IdentityWorld, _ email: String = "nora@sender.test") async throws -> String? {
        _ = try await world.signUp(email)
        return try await world.logIn(email)["access_token"]
    }

    @Test("a key is shown once, told to the services as a hash, and listed without the key")
    func make() async throws {
        try await IdentityWorld.with { world in
            let token = try await owner(world)
            let made = try await world.call(
                "POST", Self.keys, #"{"name":"Shop","scopes":["invoices.write","invoices.read"]}"#,
                token: token)
            let key = try #require(made["key"])
            #expect(made.status == 201 && key.hasPrefix("dk_") && made["id"]?.hasPrefix("key_") == true)
            #expect(made.response.header("cache-control") == "no-store")
            let list = try await world.call("GET", Self.keys, token: token)
            let listed = try #require(list.root?.elements.first)
            #expect(listed["name"]?.string == "Shop" && listed["key"] == nil)
            #expect(listed["last_four"]?.string == String(key.suffix(4)))
            #expect(key.hasPrefix(listed["prefix"]?.string ?? "?"))
            #expect(
                listed["scopes"]?.elements.map { $0.string ?? "" } == ["invoices.read", "invoices.write"])
            #expect(!String(decoding: list.response.body, as: UTF8.self).contains(key))
            let events = try await world.events("api_key.changed.v1")
            #expect(events.count == 1 && events[0].root["sequence"]?.string == "1")
            #expect(events[0].data["hash"]?.string?.count == 64 && !events[0].text.contains(key))
            #expect(events[0].data["requests_per_minute"]?.int64 == 600)
        }
    }

    @Test("the same Idempotency-Key makes two keys: an answer with a secret is never kept")
    func notKept() async throws {
        try await IdentityWorld.with { world in
            let token = try await owner(world)
            var keys: Set<String?> = []
            for _ in 0..<2 {
                let made = try await world.call(
                    "POST", Self.keys, #"{"name":"Shop","scopes":["invoices.read"]}"#, token: token,
                    headers: [("Idempotency-Key", "once")])
                #expect(made.status == 201)
                keys.insert(made["key"])
            }
            #expect(keys.count == 2)
            let kept = try await world.pool.transaction { tx in
                try tx.query("SELECT count(*) FROM idempotent_requests").scalar(as: Int64.self)
            }
            #expect(kept == 0)
        }
    }

    @Test(
        "what is wrong with a key is said field by field",
        arguments: [
            (#"{}"#, ["name": "required", "scopes": "required"]),
            (#"{"name":"x","scopes":[]}"#, ["scopes": "out_of_range"]),
            (#"{"name":"x","scopes":["moon.walk"]}"#, ["scopes[0]": "unknown_value"]),
            (#"{"name":"x","scopes":["invoices.read","bills.pay"]}"#, ["scopes[1]": "not_grantable"]),
            (#"{"name":"x","scopes":["api_keys.write"]}"#, ["scopes[0]": "not_grantable"]),
            (
                #"{"name":"x","scopes":["invoices.read"],"expires_at":"2001-01-01T00:00:00Z"}"#,
                ["expires_at": "malformed"]
            ),
            (
                #"{"name":"x","scopes":["invoices.read"],"requests_per_minute":601}"#,
                ["requests_per_minute": "out_of_range"]
            ),
        ])
    func invalid(_ body: String, _ fields: [String: String]) async throws {
        try await IdentityWorld.with { world in
            let refused = try await world.call("POST", Self.keys, body, token: try await owner(world))
            #expect(refused.status == 422 && refused.fields == fields)
        }
    }

    @Test("a rotation gives a new secret, and nothing of another organization can be rotated or revoked")
    func rotate() async throws {
        try await IdentityWorld.with { world in
            let token = try await owner(world)
            let made = try await world.call(
                "POST", Self.keys, #"{"name":"Shop","scopes":["invoices.read"]}"#, token: token)
            let path = "\(Self.keys)/\(made["id"] ?? "")"
            let rotated = try await world.call(
                "POST", path + "/rotate", #"{"overlap_seconds":60}"#, token: token)
            #expect(rotated.status == 200 && rotated["id"] == made["id"] && rotated["key"] != made["key"])
            #expect(rotated["previous_valid_until"] != nil)
            #expect(rotated.response.header("cache-control") == "no-store")
            for (body, code) in [
                (#"{}"#, "required"), (#"{"overlap_seconds":86401}"#, "out_of_range"),
                (#"{"overlap_seconds":-1}"#, "out_of_range"),
            ] {
                let refused = try await world.call("POST", path + "/rotate", body, token: token)
                #expect(refused.fields == ["overlap_seconds": code])
            }
            let stranger = try await owner(world, "b@b.test")
            let theirs = try await world.call(
                "POST", path + "/rotate", #"{"overlap_seconds":0}"#, token: stranger)
            #expect(theirs.status == 404)
            #expect(try await world.call("DELETE", path, token: stranger).status == 404)
            #expect(try await world.call("GET", Self.keys, token: stranger).root?.elements.isEmpty == true)
        }
    }

    @Test("a revoked key stays in the list, is told once, and cannot be rotated")
    func revoke() async throws {
        try await IdentityWorld.with { world in
            let token = try await owner(world)
            let made = try await world.call(
                "POST", Self.keys, #"{"name":"Shop","scopes":["invoices.read"]}"#, token: token)
            let path = "\(Self.keys)/\(made["id"] ?? "")"
            for _ in 0..<2 { #expect(try await world.call("DELETE", path, token: token).status == 204) }
            let events = try await world.events("api_key.changed.v1")
            #expect(events.count == 2 && events[1].data["is_revoked"]?.bool == true)
            #expect(events[1].root["sequence"]?.string == "2")
            let list = try await world.call("GET", Self.keys, token: token)
            #expect(list.root?.elements.first?["revoked_at"]?.string != nil)
            let refused = try await world.call(
                "POST", path + "/rotate", #"{"overlap_seconds":0}"#, token: token)
            #expect(refused.status == 409 && refused.code == "api_key_revoked")
        }
    }

    @Test("an organization has only so many keys that count, and the list comes in pages")
    func many() async throws {
        try await IdentityWorld.with(["DUELY_API_KEYS_PER_ORGANIZATION": "3"]) { world in
            let token = try await owner(world)
            func make() async throws -> Answer {
                world.clock.advance(by: .milliseconds(5))
                return try await world.call(
                    "POST", Self.keys, #"{"name":"n","scopes":["invoices.read"]}"#, token: token)
            }
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await make()["id"] ?? "") }
            let refused = try await make()
            #expect(refused.status == 409 && refused.code == "too_many_api_keys")
            let first = try await world.call("GET", Self.keys + "?limit=2", token: token)
            let cursor = first.response.header("x-next-cursor") ?? ""
            let second = try await world.call("GET", Self.keys + "?limit=2&cursor=\(cursor)", token: token)
            let seen = ((first.root?.elements ?? []) + (second.root?.elements ?? []))
                .compactMap { $0["id"]?.string }
            #expect(seen == ids.reversed())
            _ = try await world.call("DELETE", "\(Self.keys)/\(ids[0])", token: token)
            #expect(try await make().status == 201)
        }
    }

    @Test("without the right to manage keys nothing of them is shown")
    func permission() async throws {
        try await IdentityWorld.with { world in
            #expect(try await world.call("GET", Self.keys).status == 401)
            _ = try await owner(world)
            try await world.pool.transaction { tx in
                _ = try tx.execute("UPDATE memberships SET role = 'admin'")
            }
            let admin = try await world.logIn()["access_token"]
            #expect(try await world.call("GET", Self.keys, token: admin).status == 403)
            let body = #"{"name":"n","scopes":["invoices.read"]}"#
            #expect(try await world.call("POST", Self.keys, body, token: admin).status == 403)
        }
    }
}
