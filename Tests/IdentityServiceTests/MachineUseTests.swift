import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

/// Keys as machines use them, at identity's own routes.
@Suite(.timeLimit(.minutes(10))) struct MachineUseTests {
    private struct Key {
        let owner: String?
        let text: String?
        let path: String
    }

    private func made(_ world: IdentityWorld, _ more: String = "") async throws -> Key {
        _ = try await world.signUp()
        let owner = try await world.logIn()["access_token"]
        let made = try await world.call(
            "POST", "/v1/api_keys",
            #"{"name":"Shop","scopes":["customers.read","customers.write"]\#(more)}"#, token: owner)
        let key = Key(owner: owner, text: made["key"], path: "/v1/api_keys/\(made["id"] ?? "")")
        try await eventually("the key is known") { try await list(world, key.text).status == 200 }
        return key
    }

    private func list(_ world: IdentityWorld, _ key: String?) async throws -> Answer {
        try await world.call("GET", "/v1/invitations", token: key)
    }

    @Test("a key does what its scopes say and nothing that belongs to a person")
    func rights() async throws {
        try await IdentityWorld.with { world in
            let key = try await made(world)
            let body =
                #"{"kind":"client","customer_id":"cus_01h455vb4pex5vsknk084sn02q","email":"c@client.test"}"#
            let invited = try await world.call(
                "POST", "/v1/invitations", body, token: key.text, headers: [("Idempotency-Key", "one")])
            #expect(invited.status == 201)
            let repeated = try await world.call(
                "POST", "/v1/invitations", body, token: key.text, headers: [("Idempotency-Key", "one")])
            #expect(repeated["id"] == invited["id"])
            let inviter = try await world.pool.transaction { tx in
                try tx.query("SELECT invited_by = created_by FROM invitations, api_keys").scalar(
                    as: Bool.self)
            }
            #expect(inviter == true)
            for (method, path) in [
                ("GET", "/v1/me"), ("DELETE", "/v1/sessions/current"), ("GET", "/v1/api_keys"),
                ("DELETE", key.path), ("POST", key.path + "/rotate"),
            ] {
                #expect(
                    try await world.call(method, path, token: key.text).status == 403, "\(method) \(path)")
            }
            let secret = try #require(
                try await world.mailedSecret("client_invitation", path: "invitations"))
            let accepted = try await world.call("POST", "/v1/invitations/\(secret)/accept", token: key.text)
            #expect(accepted.status == 403)
        }
    }

    @Test("the same Idempotency-Key of two keys is two requests")
    func idempotency() async throws {
        try await IdentityWorld.with { world in
            let one = try await made(world)
            let second = try await world.call(
                "POST", "/v1/api_keys", #"{"name":"Till","scopes":["customers.write"]}"#, token: one.owner)
            try await eventually("the second key is known") {
                try await list(world, second["key"]).status == 403
            }
            var ids: Set<String?> = []
            for (key, email) in [(one.text, "a@client.test"), (second["key"], "b@client.test")] {
                let body =
                    #"{"kind":"client","customer_id":"cus_01h455vb4pex5vsknk084sn02q","email":"\#(email)"}"#
                let answer = try await world.call(
                    "POST", "/v1/invitations", body, token: key, headers: [("Idempotency-Key", "same")])
                #expect(answer.status == 201)
                ids.insert(answer["id"])
            }
            #expect(ids.count == 2)
        }
    }

    @Test("a rotation without overlap ends the old key at once; with one both count for so long")
    func rotation() async throws {
        try await IdentityWorld.with { world in
            let key = try await made(world)
            let second = try await world.call(
                "POST", key.path + "/rotate", #"{"overlap_seconds":30}"#, token: key.owner)["key"]
            try await eventually("the new key is known") { try await list(world, second).status == 200 }
            #expect(try await list(world, key.text).status == 200)
            world.clock.advance(by: .seconds(30))
            #expect(try await list(world, key.text).code == "invalid_api_key")
            let third = try await world.call(
                "POST", key.path + "/rotate", #"{"overlap_seconds":0}"#, token: key.owner)["key"]
            try await eventually("the newest key is known") { try await list(world, third).status == 200 }
            #expect(try await list(world, second).status == 401)
        }
    }

    @Test("a revoked key is refused within seconds, and one that expires from that moment on")
    func ends() async throws {
        try await IdentityWorld.with { world in
            let key = try await made(world, #","expires_at":"2027-01-15T08:05:00Z""#)
            world.clock.advance(by: .seconds(299))
            #expect(try await list(world, key.text).status == 200)
            world.clock.advance(by: .seconds(1))
            #expect(try await list(world, key.text).status == 401)
            world.clock.advance(by: .seconds(-300))
            #expect(try await list(world, key.text).status == 200)
            _ = try await world.call("DELETE", key.path, token: key.owner)
            try await eventually("the key is refused") { try await list(world, key.text).status == 401 }
        }
    }

    @Test("a key is held to the plan that it was given, and its last use shows in the list")
    func plan() async throws {
        try await IdentityWorld.with { world in
            let key = try await made(world, #","requests_per_minute":500"#)
            let refused = try await world.call(
                "POST", "/v1/api_keys",
                #"{"name":"n","scopes":["customers.read"],"requests_per_month":0}"#, token: key.owner)
            #expect(refused.fields == ["requests_per_month": "out_of_range"])
            try await eventually("the last use is known") {
                let listed = try await world.call("GET", "/v1/api_keys", token: key.owner)
                return listed.root?.elements.first?["last_used_at"]?.string?.hasPrefix("2027-01-15T08:00:00")
                    == true
            }
        }
    }

    @Test(
        "one request over the plan is refused at the service's door, with the headers of both limits before")
    func limited() async throws {
        try await IdentityWorld.with(["DUELY_API_REQUESTS_PER_MINUTE": "2"]) { world in
            let key = try await made(world)
            world.clock.advance(by: .seconds(60))
            let first = try await list(world, key.text)
            #expect(first.response.header("ratelimit")?.hasPrefix(#""requests_per_minute";r=1;"#) == true)
            #expect(first.response.header("ratelimit-policy")?.contains(#""requests_per_month";q="#) == true)
            _ = try await list(world, key.text)
            let over = try await list(world, key.text)
            #expect(over.status == 429 && over.code == "rate_limited")
            #expect(over.response.header("retry-after") == "60")
            let person = try await world.call("GET", "/v1/me", token: key.owner)
            #expect(person.status == 200 && person.response.header("ratelimit") == nil)
        }
    }
}
