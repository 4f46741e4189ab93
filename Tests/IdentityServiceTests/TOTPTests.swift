import Crypto
import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct TOTPTests {
    private struct Factor {
        let token: String?
        let secret: [UInt8]
        let recoveryCodes: [String]

        func code(_ world: IdentityWorld, steps: Int64 = 0) -> String {
            let step = TOTP.step(at: world.clock.now()) + steps
            return TOTP.code(of: step, secret: secret, digits: TOTP.digitCount)
        }
    }

    private func bytes(_ base32: String) -> [UInt8] { AuthenticatorDevice(base32: base32).secret }

    private func confirm(_ world: IdentityWorld, _ token: String?, _ code: String) async throws -> Answer {
        try await world.call("POST", "/v1/me/totp/confirm", #"{"code":"\#(code)"}"#, token: token)
    }

    private func logIn(
        _ world: IdentityWorld, _ more: String = "", password: String = IdentityWorld.password
    ) async throws -> Answer {
        try await world.call(
            "POST", "/v1/sessions", #"{"email":"nora@sender.test","password":"\#(password)"\#(more)}"#)
    }

    private func logIn(_ world: IdentityWorld, code: String) async throws -> Answer {
        try await logIn(world, #","totp_code":"\#(code)""#)
    }

    private func logIn(_ world: IdentityWorld, recoveryCode: String) async throws -> Answer {
        try await logIn(world, #","recovery_code":"\#(recoveryCode)""#)
    }

    private func turnOn(_ world: IdentityWorld) async throws -> Factor {
        _ = try await world.signUp()
        let token = try await world.logIn()["access_token"]
        let made = try await world.call("POST", "/v1/me/totp", token: token)
        #expect(made.status == 201 && made.response.header("cache-control") == "no-store")
        let text = try #require(made["secret"])
        #expect(
            made["uri"] == "otpauth://totp/Duely:nora%40sender.test?secret=\(text)&issuer=Duely"
                + "&algorithm=SHA1&digits=6&period=30")
        let factor = Factor(token: token, secret: bytes(text), recoveryCodes: [])
        #expect(factor.secret.count == TOTP.secretByteCount)
        let confirmed = try await confirm(world, token, factor.code(world))
        #expect(confirmed.status == 200 && confirmed.response.header("cache-control") == "no-store")
        let codes = confirmed.root?["recovery_codes"]?.elements.compactMap { $0.string } ?? []
        #expect(Set(codes).count == 10)
        world.clock.advance(by: .seconds(60))
        return Factor(token: token, secret: factor.secret, recoveryCodes: codes)
    }

    @Test("a login asks for the code once the factor is confirmed, and takes each code once")
    func logIn() async throws {
        try await IdentityWorld.with { world in
            let factor = try await turnOn(world)
            let asked = try await logIn(world)
            #expect(asked.status == 401 && asked.code == "totp_required")
            #expect(try await logIn(world, password: "a wrong phrase").code == "invalid_credentials")
            let code = factor.code(world)
            #expect(try await logIn(world, code: code).status == 200)
            #expect(try await logIn(world, code: code).code == "wrong_totp")
            #expect(try await logIn(world, code: factor.code(world, steps: -1)).code == "wrong_totp")
            #expect(try await logIn(world, code: factor.code(world, steps: 1)).status == 200)
            #expect(try await logIn(world, code: factor.code(world, steps: 2)).code == "wrong_totp")
            world.clock.advance(by: .seconds(90))
            let late = factor.code(world, steps: -1)
            #expect(try await logIn(world, code: "\(late.prefix(3)) \(late.suffix(3))").status == 200)
            let me = try await world.call("GET", "/v1/me", token: factor.token)
            #expect(me.root?["totp_enabled"]?.bool == true)
        }
    }

    @Test("a page gets no cookie before the code")
    func cookies() async throws {
        try await IdentityWorld.with { world in
            let factor = try await turnOn(world)
            let browser = CookieJar(world)
            #expect(try await browser.logIn().code == "totp_required")
            #expect(browser.names.isEmpty)
            #expect(try await browser.logIn(#","totp_code":"\#(factor.code(world))""#).status == 200)
            #expect(browser.names == CookieTests.all)
        }
    }

    @Test(
        "before it is confirmed nothing is asked for, a wrong code confirms nothing, and there is one factor")
    func confirmation() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            #expect(try await confirm(world, token, "123456").code == "totp_not_set_up")
            _ = try await world.call("POST", "/v1/me/totp", token: token)
            let made = try await world.call("POST", "/v1/me/totp", token: token)
            let secret = bytes(try #require(made["secret"]))
            let step = TOTP.step(at: world.clock.now())
            let old = TOTP.code(of: step - 2, secret: secret, digits: 6)
            #expect(try await confirm(world, token, old).fields == ["code": "wrong"])
            #expect(
                try await world.call("POST", "/v1/me/totp/confirm", "{}", token: token).fields == [
                    "code": "required"
                ])
            #expect(try await logIn(world).status == 200)
            let code = TOTP.code(of: step, secret: secret, digits: 6)
            #expect(try await confirm(world, token, code).status == 200)
            #expect(try await confirm(world, token, code).code == "totp_enabled")
            #expect(try await world.call("POST", "/v1/me/totp", token: token).code == "totp_enabled")
            #expect(try await logIn(world, code: code).code == "wrong_totp")
            #expect(try await world.call("POST", "/v1/me/totp").status == 401)
            #expect(try await confirm(world, nil, code).status == 401)
        }
    }

    @Test("a recovery code stands in once, however it is typed, and for its account only")
    func recovery() async throws {
        try await IdentityWorld.with { world in
            let factor = try await turnOn(world)
            let code = factor.recoveryCodes[0]
            #expect(try await logIn(world, recoveryCode: code).status == 200)
            #expect(try await logIn(world, recoveryCode: code).code == "wrong_totp")
            let typed = factor.recoveryCodes[1].uppercased().filter { $0 != "-" }
            #expect(try await logIn(world, recoveryCode: typed).status == 200)
            #expect(try await logIn(world, recoveryCode: "abcd-efgh-abcd-efgh").code == "wrong_totp")
            #expect(try await logIn(world, recoveryCode: "").code == "wrong_totp")
        }
    }

    @Test("guessing codes is stopped, and of many guesses at once none goes uncounted")
    func throttling() async throws {
        try await IdentityWorld.with(["DUELY_FAILED_LOGINS_PER_ACCOUNT": "3"]) { world in
            let factor = try await turnOn(world)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await logIn(world, code: "000000").status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 401 }.count == 3 && statuses.filter { $0 == 429 }.count == 5)
            #expect(try await logIn(world, code: factor.code(world)).status == 429)
            world.clock.advance(by: .seconds(900))
            #expect(try await logIn(world, code: factor.code(world)).status == 200)
        }
    }

    @Test("of many logins with one code at once, one counts")
    func race() async throws {
        try await IdentityWorld.with { world in
            let factor = try await turnOn(world)
            let code = factor.code(world)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 { group.addTask { try await logIn(world, code: code).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 401, 401, 401, 401])
        }
    }

    @Test("the factor goes away with password and code, and the written codes with it")
    func remove() async throws {
        try await IdentityWorld.with { world in
            let factor = try await turnOn(world)
            func remove(_ password: String, _ proof: String) async throws -> Answer {
                try await world.call(
                    "DELETE", "/v1/me/totp", #"{"password":"\#(password)"\#(proof)}"#, token: factor.token)
            }
            let code = #","code":"\#(factor.code(world))""#
            #expect(try await remove("a wrong phrase", code).fields == ["password": "wrong"])
            #expect(
                try await remove(IdentityWorld.password, #","code":"12""#).fields == ["code": "wrong"])
            #expect(try await remove(IdentityWorld.password, "").fields == ["code": "required"])
            #expect(try await remove(IdentityWorld.password, code).status == 204)
            #expect(try await remove(IdentityWorld.password, code).code == "totp_not_enabled")
            #expect(try await logIn(world).status == 200)
            let audit = try await world.call("GET", "/v1/me/audit_events", token: factor.token)
            let kinds = audit.root?.elements.compactMap { $0["kind"]?.string } ?? []
            #expect(kinds.contains("totp_enabled") && kinds.contains("totp_disabled"))
            let left = try await world.pool.transaction { tx in
                try tx.query(
                    "SELECT (SELECT count(*) FROM recovery_codes) + (SELECT count(*) FROM totp_secrets)"
                )
                .scalar(as: Int64.self)
            }
            #expect(left == 0)
        }
    }

    @Test("the secret is stored encrypted, the written codes as hashes")
    func atRest() async throws {
        try await IdentityWorld.with { world in
            let factor = try await turnOn(world)
            let dump = try await world.pool.transaction { tx in
                try tx.query(
                    """
                    SELECT string_agg(t, ' ') FROM (SELECT row_to_json(s)::text AS t FROM totp_secrets s UNION ALL
                        SELECT row_to_json(c)::text FROM recovery_codes c UNION ALL
                        SELECT row_to_json(a)::text FROM audit_events a) d
                    """
                ).scalar(as: String.self)
            }
            let text = try #require(dump)
            #expect(!text.contains(Hex.encode(factor.secret)))
            for code in factor.recoveryCodes { #expect(!text.contains(code)) }
        }
    }
}
