import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct SessionListTests {
    private func sessions(_ world: IdentityWorld, _ login: Answer) async throws -> [JSONNode] {
        try await world.call("GET", "/v1/sessions", token: login["access_token"]).root?.elements ?? []
    }

    private func isRefused(_ world: IdentityWorld, _ login: Answer) async throws {
        #expect(try await world.refresh(login["refresh_token"]).status == 401)
        try await eventually("the access token is refused") {
            try await world.call("GET", "/v1/me", token: login["access_token"]).status == 401
        }
    }

    @Test("the own logins are listed, newest first, with where they came from and which one asks")
    func list() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            _ = try await world.signUp("b@b.test")
            _ = try await world.logIn("b@b.test")
            let first = try await world.call(
                "POST", "/v1/sessions",
                #"{"email":"nora@sender.test","password":"\#(IdentityWorld.password)"}"#,
                headers: [("X-Forwarded-For", "192.0.2.7"), ("User-Agent", "Firefox of Nora")])
            world.clock.advance(by: .seconds(60))
            let second = try await world.logIn(address: "192.0.2.8")
            let list = try await world.call("GET", "/v1/sessions", token: first["access_token"])
            #expect(list.status == 200 && list.response.header("cache-control") == "no-store")
            let rows = list.root?.elements ?? []
            #expect(rows.map { $0["client_address"]?.string } == ["192.0.2.8", "192.0.2.7"])
            #expect(rows.map { $0["is_current"]?.bool } == [false, true])
            #expect(rows.last?["user_agent"]?.string == "Firefox of Nora")
            #expect(rows.first?["created_at"]?.string == "2027-01-15T08:01:00.000Z")
            let page = try await world.call("GET", "/v1/sessions?limit=1", token: second["access_token"])
            let cursor = try #require(page.response.header("x-next-cursor"))
            let next = try await world.call(
                "GET", "/v1/sessions?limit=1&cursor=\(cursor)", token: second["access_token"])
            #expect(next.root?.elements.first?["id"]?.string == rows.last?["id"]?.string)
            #expect(next.response.header("x-next-cursor") == nil)
            let bad = try await world.call(
                "GET", "/v1/sessions?limit=0&cursor=x", token: second["access_token"])
            #expect(bad.fields == ["limit": "out_of_range", "cursor": "malformed"])
            #expect(try await world.call("GET", "/v1/sessions").status == 401)
        }
    }

    @Test("a refresh says when a login was used last, and logins that ran out are not listed")
    func lastUsed() async throws {
        try await IdentityWorld.with(["DUELY_REFRESH_TOKEN_SECONDS": "1000"]) { world in
            _ = try await world.signUp()
            _ = try await world.logIn()
            world.clock.advance(by: .milliseconds(5))
            let used = try await world.logIn()
            world.clock.advance(by: .seconds(900))
            let refreshed = try await world.refresh(used["refresh_token"])
            let both = try await sessions(world, refreshed)
            #expect(both.count == 2)
            #expect(both.first?["last_used_at"]?.string == "2027-01-15T08:15:00.005Z")
            #expect(both.first?["expires_at"]?.string == "2027-01-15T08:31:40.005Z")
            #expect(both.last?["last_used_at"]?.string == "2027-01-15T08:00:00.000Z")
            world.clock.advance(by: .seconds(200))
            #expect(try await sessions(world, refreshed).count == 1)
        }
    }

    @Test("one of the own logins can be ended from another, again without effect; nobody else's")
    func end() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            _ = try await world.signUp("b@b.test")
            let (mine, lost, stranger) = (
                try await world.logIn(), try await world.logIn(), try await world.logIn("b@b.test")
            )
            let current = try await sessions(world, lost).first { $0["is_current"]?.bool == true }
            let id = try #require(current?["id"]?.string)
            func end(_ id: String, _ login: Answer) async throws -> Int {
                try await world.call("DELETE", "/v1/sessions/\(id)", token: login["access_token"]).status
            }
            #expect(try await end(id, stranger) == 404)
            #expect(try await end("ses_01h455vb4pex5vsknk084sn02q", mine) == 404)
            #expect(try await end("nonsense", mine) == 404)
            #expect(try await world.call("DELETE", "/v1/sessions/\(id)").status == 401)
            for _ in 0..<2 { #expect(try await end(id, mine) == 204) }
            try await isRefused(world, lost)
            #expect(try await sessions(world, mine).count == 1)
            #expect(try await world.events("session.revoked.v1").count == 1)
            #expect(try await world.refresh(stranger["refresh_token"]).status == 200)
        }
    }

    @Test("a logout everywhere ends every login of the account and voids what was issued, and nobody else's")
    func endAll() async throws {
        try await IdentityWorld.with { world in
            let account = try await world.signUp()["account_id"]
            _ = try await world.signUp("b@b.test")
            let (one, two, stranger) = (
                try await world.logIn(), try await world.logIn(), try await world.logIn("b@b.test")
            )
            #expect(
                try await world.call("DELETE", "/v1/sessions", token: one["access_token"]).status == 204)
            for login in [one, two] { try await isRefused(world, login) }
            let voided = try await world.events("account.tokens_voided.v1")
            #expect(voided.count == 1 && voided[0].data["account_id"]?.string == account)
            #expect(voided[0].root["sequence"]?.string == "3")
            #expect(try await world.refresh(stranger["refresh_token"]).status == 200)
            world.clock.advance(by: .seconds(1))
            let again = try await world.logIn()
            #expect(try await sessions(world, again).count == 1)
        }
    }
}
