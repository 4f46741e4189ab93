import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct PasswordTests {
    private static let other = "quite another phrase"

    private func ask(
        _ world: IdentityWorld, _ email: String = "nora@sender.test", address: String = "192.0.2.1"
    ) async throws -> Answer {
        try await world.call(
            "POST", "/v1/password_resets", #"{"email":"\#(email)"}"#, headers: [("X-Forwarded-For", address)])
    }

    private func mailed(_ world: IdentityWorld) async throws -> String {
        try #require(try await world.mailedReset())
    }

    private func reset(
        _ world: IdentityWorld, _ secret: String, _ password: String = other,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await world.call(
            "POST", "/v1/password_resets/\(secret)", #"{"password":"\#(password)"}"#, headers: headers)
    }

    private func change(
        _ world: IdentityWorld, _ token: String?, from current: String = IdentityWorld.password,
        to new: String = other, headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await world.call(
            "POST", "/v1/password", #"{"current_password":"\#(current)","new_password":"\#(new)"}"#,
            token: token, headers: headers)
    }

    private func isOver(_ world: IdentityWorld, _ login: Answer) async throws {
        #expect(try await world.refresh(login["refresh_token"]).status == 401)
        try await eventually("the access token is refused") {
            try await world.call("GET", "/v1/me", token: login["access_token"]).status == 401
        }
    }

    @Test("a forgotten password is replaced from the mail, once, and every login ends")
    func reset() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let logins = [try await world.logIn(), try await world.logIn()]
            #expect(try await ask(world, "NORA@sender.test").status == 202)
            let secret = try await mailed(world)
            #expect(try await reset(world, secret, "short").fields == ["password": "too_short"])
            #expect(try await reset(world, secret).status == 204)
            for login in logins { try await isOver(world, login) }
            #expect(try await world.events("account.tokens_voided.v1").count == 1)
            world.clock.advance(by: .seconds(1))
            #expect(try await world.logIn().code == "invalid_credentials")
            let login = try await world.logIn(password: Self.other)
            #expect(login.status == 200)
            let again = try await reset(world, secret, "a third good phrase")
            #expect(again.status == 422 && again.code == "invalid_password_reset")
            let me = try await world.call("GET", "/v1/me", token: login["access_token"])
            #expect(me.root?["email_verified"]?.bool == true)
            #expect(try await world.events("account.verified.v1").count == 1)
        }
    }

    @Test("a link ends after an hour, and with a newer one; noise names none")
    func ends() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            _ = try await ask(world)
            let first = try await mailed(world)
            _ = try await ask(world)
            let second = try await mailed(world)
            #expect(first != second)
            #expect(try await reset(world, first).code == "invalid_password_reset")
            world.clock.advance(by: .seconds(3600))
            #expect(try await reset(world, second).code == "invalid_password_reset")
            for bad in [
                "x", "pr_" + String(repeating: "A", count: 43), "vt_" + String(repeating: "A", count: 43),
            ] {
                #expect(try await reset(world, bad).code == "invalid_password_reset")
            }
            #expect(try await world.logIn().status == 200)
        }
    }

    @Test("of many who use one link at once, one does; with a key the answer is the same again")
    func race() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            _ = try await ask(world)
            let secret = try await mailed(world)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<5 {
                    group.addTask { try await reset(world, secret, "good phrase no. \(number)").status }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [204, 422, 422, 422, 422])
            _ = try await ask(world)
            let next = try await mailed(world)
            for _ in 0..<2 {
                #expect(try await reset(world, next, headers: [("Idempotency-Key", "r1")]).status == 204)
            }
            #expect(try await world.events("account.tokens_voided.v1").count == 2)
        }
    }

    @Test("an unknown address has the same answers and the same limits, and no mail")
    func unknown() async throws {
        let limits = [
            "DUELY_PASSWORD_RESETS_PER_ACCOUNT": "2", "DUELY_PASSWORD_RESETS_PER_ADDRESS": "5",
        ]
        try await IdentityWorld.with(limits) { world in
            _ = try await world.signUp()
            for email in ["nora@sender.test", "nobody@sender.test"] {
                for _ in 0..<2 {
                    let answer = try await ask(world, email)
                    #expect(answer.status == 202 && answer.response.body.isEmpty)
                }
                let stopped = try await ask(world, email, address: "192.0.2.9")
                #expect(stopped.status == 429 && stopped.code == "rate_limited")
            }
            #expect(try await ask(world, "third@sender.test").status == 202)
            #expect(try await ask(world, "fourth@sender.test").status == 429)
            #expect(try await ask(world, "fourth@sender.test", address: "192.0.2.2").status == 202)
            #expect(try await ask(world, "nonsense").fields == ["email": "malformed"])
            try await world.addressEventsAreSettled()
            let mails = try await world.events("mail.requested.v1").filter {
                $0.data["kind"]?.string == "password_reset"
            }
            #expect(mails.count == 2)
            world.clock.advance(by: .seconds(3600))
            #expect(try await ask(world).status == 202)
        }
    }

    @Test("who knows the password changes it; the other logins end and this one goes on")
    func change() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let (mine, other) = (try await world.logIn(), try await world.logIn())
            _ = try await ask(world)
            let secret = try await mailed(world)
            for _ in 0..<2 {
                let answer = try await change(
                    world, mine["access_token"], headers: [("Idempotency-Key", "c1")])
                #expect(answer.status == 204)
            }
            try await isOver(world, other)
            #expect(try await world.call("GET", "/v1/me", token: mine["access_token"]).status == 200)
            #expect(try await world.refresh(mine["refresh_token"]).status == 200)
            #expect(try await world.events("session.revoked.v1").count == 1)
            #expect(try await reset(world, secret).code == "invalid_password_reset")
            #expect(try await world.logIn().status == 401)
            #expect(try await world.logIn(password: Self.other).status == 200)
        }
    }

    @Test("a wrong present password changes nothing and is counted like a failed login")
    func wrong() async throws {
        try await IdentityWorld.with(["DUELY_FAILED_LOGINS_PER_ACCOUNT": "2"]) { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            #expect(try await change(world, token, to: "short").fields == ["new_password": "too_short"])
            for _ in 0..<2 {
                #expect(
                    try await change(world, token, from: "not my phrase").fields == [
                        "current_password": "wrong"
                    ])
            }
            #expect(try await change(world, token).status == 429)
            #expect(try await world.logIn().status == 429)
            world.clock.advance(by: .seconds(900))
            let again = try await world.logIn()["access_token"]
            let empty = try await world.call("POST", "/v1/password", "{}", token: again)
            #expect(empty.fields == ["current_password": "required", "new_password": "required"])
            #expect(try await change(world, nil).status == 401)
            let audit = try await world.call("GET", "/v1/me/audit_events", token: again)
            let kinds = audit.root?.elements.compactMap { $0["kind"]?.string } ?? []
            #expect(kinds.filter { $0 == "password_check_failed" }.count == 2)
        }
    }

    @Test("passwords and the secrets of links are nowhere in clear, and no public event tells of them")
    func secrets() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            _ = try await change(world, token, headers: [("Idempotency-Key", "c1")])
            _ = try await ask(world)
            let secret = try await mailed(world)
            for event in try await world.events() { #expect(!event.text.contains(secret)) }
            let stored = try await world.pool.transaction { tx in
                try tx.query(
                    """
                    SELECT string_agg(t::text, E'\\n') FROM (
                        SELECT row_to_json(r)::text FROM password_resets r UNION ALL
                        SELECT row_to_json(a)::text FROM audit_events a UNION ALL
                        SELECT row_to_json(i)::text FROM idempotent_requests i) t
                    """
                ).scalar(as: String.self)
            }
            let text = try #require(stored)
            #expect(!text.contains(secret) && !text.contains("phrase") && !text.contains("nora"))
        }
    }
}
