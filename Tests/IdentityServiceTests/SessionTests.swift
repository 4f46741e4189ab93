import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct SessionTests {
    @Test("a login opens the routes, for the organization of the account")
    func logIn() async throws {
        try await IdentityWorld.with { world in
            let signUp = try await world.signUp()
            let login = try await world.logIn("NORA@sender.test")
            #expect(login.status == 200 && login["token_type"] == "Bearer" && login["role"] == "owner")
            #expect(login.root?["expires_in"]?.int64 == 600)
            #expect(login["organization_id"] == signUp["organization_id"])
            #expect(login.response.header("cache-control") == "no-store")
            let me = try await world.call("GET", "/v1/me", token: login["access_token"])
            #expect(me.status == 200 && me["email"] == "nora@sender.test" && me["language"] == "de")
            #expect(me.root?["organizations"]?.elements.first?["name"]?.string == "North Studio")
            #expect(me.root?["permissions"]?.elements.contains { $0.string == "invoices.write" } == true)
            #expect(try await world.call("GET", "/v1/me").status == 401)
            #expect(try await world.call("GET", "/v1/me", token: "x.y.z").status == 401)
        }
    }

    @Test("a wrong password and an unknown account have the same answer")
    func wrongCredentials() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let wrong = try await world.logIn(password: "another fine phrase")
            let unknown = try await world.logIn("nobody@sender.test")
            _ = try await world.askSignUp("unproven@sender.test")
            let unproven = try await world.logIn("unproven@sender.test")
            let nonsense = try await world.logIn("nonsense")
            let long = try await world.logIn(password: String(repeating: "x", count: 2000))
            for answer in [wrong, unknown, unproven, nonsense, long] {
                #expect(answer.status == 401 && answer.code == "invalid_credentials")
                #expect(answer["title"] == wrong["title"] && answer["detail"] == wrong["detail"])
            }
        }
    }

    @Test("guessing is stopped by account and by address, and a good password does not get around it")
    func throttling() async throws {
        let limits = ["DUELY_FAILED_LOGINS_PER_ACCOUNT": "3", "DUELY_FAILED_LOGINS_PER_ADDRESS": "5"]
        try await IdentityWorld.with(limits) { world in
            _ = try await world.signUp()
            for number in 0..<3 {
                #expect(
                    try await world.logIn(password: "wrong phrase \(number)", address: "192.0.2.\(number)")
                        .status == 401)
            }
            let stopped = try await world.logIn(address: "192.0.2.9")
            #expect(stopped.status == 429 && stopped.code == "rate_limited")
            #expect(stopped.response.header("ratelimit")?.contains("failed_logins") == true)
            for number in 0..<5 {
                _ = try await world.logIn("guess\(number)@x.test", address: "198.51.100.1")
            }
            #expect(try await world.logIn("other@x.test", address: "198.51.100.1").status == 429)
            #expect(try await world.logIn("other@x.test", address: "198.51.100.2").status == 401)
            world.clock.advance(by: .seconds(900))
            #expect(try await world.logIn(address: "192.0.2.9").status == 200)
        }
    }

    @Test("an organization that is asked for must be the account's own")
    func organization() async throws {
        try await IdentityWorld.with { world in
            let own = try await world.signUp()["organization_id"] ?? ""
            let other = try await world.signUp("b@b.test")["organization_id"] ?? ""
            func logIn(_ organization: String) async throws -> Answer {
                try await world.call(
                    "POST", "/v1/sessions",
                    #"{"email":"nora@sender.test","password":"\#(IdentityWorld.password)","organization_id":"\#(organization)"}"#
                )
            }
            #expect(try await logIn(own)["organization_id"] == own)
            let refused = try await logIn(other)
            #expect(refused.status == 403 && refused.code == "not_a_member")
            #expect(
                try await logIn("acc_01h455vb4pex5vsknk084sn02q").fields == ["organization_id": "malformed"])
        }
    }

    @Test("a refresh exchanges the token; the new ones work")
    func refresh() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            var login = try await world.logIn()
            var seen: Set<String?> = [login["refresh_token"]]
            for _ in 0..<3 {
                world.clock.advance(by: .seconds(700))
                #expect(
                    try await world.call("GET", "/v1/me", token: login["access_token"]).code
                        == "token_expired")
                login = try await world.refresh(login["refresh_token"])
                #expect(login.status == 200 && seen.insert(login["refresh_token"]).inserted)
                #expect(try await world.call("GET", "/v1/me", token: login["access_token"]).status == 200)
            }
        }
    }

    @Test("a used token presented again ends the login: the thief's and the owner's tokens both")
    func reuse() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let stolen = try await world.logIn()
            let current = try await world.refresh(stolen["refresh_token"])
            world.clock.advance(by: .seconds(11))
            let replay = try await world.refresh(stolen["refresh_token"])
            #expect(replay.status == 401 && replay.code == "invalid_refresh_token")
            #expect(try await world.refresh(current["refresh_token"]).status == 401)
            try await eventually("the access token is refused") {
                try await world.call("GET", "/v1/me", token: current["access_token"]).status == 401
            }
            let revoked = try await world.events("session.revoked.v1")
            #expect(revoked.count == 1 && revoked[0].root["sequence"]?.string == "1")
            #expect(try await world.logIn().status == 200)
        }
    }

    @Test("two tabs that refresh at the same moment both go on")
    func overlap() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["refresh_token"]
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<6 { group.addTask { try await world.refresh(token) } }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(Set(answers.map { $0["refresh_token"] }).count == 6)
            #expect(try await world.events("session.revoked.v1").isEmpty)
        }
    }

    @Test("a token that nobody uses ends, and so does a login that is always refreshed")
    func expiry() async throws {
        let limits = ["DUELY_REFRESH_TOKEN_SECONDS": "1000", "DUELY_SESSION_SECONDS": "2500"]
        try await IdentityWorld.with(limits) { world in
            _ = try await world.signUp()
            let unused = try await world.logIn()["refresh_token"]
            var token = try await world.logIn()["refresh_token"]
            for _ in 0..<3 {
                world.clock.advance(by: .seconds(800))
                let answer = try await world.refresh(token)
                #expect(answer.status == 200)
                token = answer["refresh_token"]
            }
            #expect(try await world.refresh(unused).status == 401)
            world.clock.advance(by: .seconds(100))
            #expect(try await world.refresh(token).status == 401)
        }
    }

    @Test("a logout ends this login and no other, and is told once")
    func logOut() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let (one, two) = (try await world.logIn(), try await world.logIn())
            #expect(
                try await world.call("DELETE", "/v1/sessions/current", token: one["access_token"]).status
                    == 204)
            #expect(try await world.refresh(one["refresh_token"]).status == 401)
            try await eventually("the access token is refused") {
                try await world.call("GET", "/v1/me", token: one["access_token"]).status == 401
            }
            #expect(try await world.refresh(two["refresh_token"]).status == 200)
            #expect(try await world.events("session.revoked.v1").count == 1)
        }
    }

    @Test("secrets and addresses are not to be found where they do not belong")
    func secretsAtRest() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try #require(try await world.logIn()["refresh_token"])
            _ = try await world.logIn(password: "wrong phrase number one")
            let dump = try await world.pool.transaction { tx in
                try tx.query(
                    """
                    SELECT string_agg(t::text, E'\n') FROM (
                        SELECT row_to_json(r)::text FROM refresh_tokens r UNION ALL
                        SELECT row_to_json(s)::text FROM sessions s UNION ALL
                        SELECT row_to_json(x)::text FROM throttles x UNION ALL
                        SELECT row_to_json(v)::text FROM verifications v UNION ALL
                        SELECT encode(body, 'escape') FROM events WHERE exchange = 'identity.events') t
                    """
                ).scalar(as: String.self)
            }
            let text = try #require(dump)
            #expect(!text.contains(token) && !text.contains(String(token.dropFirst(3))))
            #expect(!text.contains("phrase"))
        }
    }
}
