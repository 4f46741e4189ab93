import HTTPClient
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct RecoveryCodeTests {
    private static let path = "/v1/me/totp/recovery_codes"

    private func codes(_ answer: Answer) -> [String] {
        answer.root?["recovery_codes"]?.elements.compactMap { $0.string } ?? []
    }

    private func logIn(_ world: IdentityWorld, with code: String) async throws -> Int {
        try await world.call(
            "POST", "/v1/sessions",
            #"{"email":"nora@sender.test","password":"\#(IdentityWorld.password)","recovery_code":"\#(code)"}"#
        ).status
    }

    @Test("new codes are made with the password or with a code, shown once, and end the earlier ones")
    func renew() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            let (device, first) = try await world.turnOnSecondFactor(token)
            let byPassword = try await world.call(
                "POST", Self.path, #"{"password":"\#(IdentityWorld.password)"}"#, token: token,
                headers: [("Idempotency-Key", "r1")])
            #expect(byPassword.status == 200 && byPassword.response.header("cache-control") == "no-store")
            #expect(Set(codes(byPassword)).count == 10)
            #expect(try await logIn(world, with: first[0]) == 401)
            #expect(try await logIn(world, with: codes(byPassword)[0]) == 200)
            let proof = #"{"code":"\#(device.code(at: world.clock.now()))"}"#
            let byCode = try await world.call("POST", Self.path, proof, token: token)
            #expect(byCode.status == 200 && Set(codes(byCode)).isDisjoint(with: codes(byPassword)))
            #expect(try await logIn(world, with: codes(byPassword)[1]) == 401)
            #expect(try await logIn(world, with: codes(byCode)[1]) == 200)
            #expect(try await world.call("POST", Self.path, proof, token: token).fields == ["code": "wrong"])
            let audit = try await world.call("GET", "/v1/me/audit_events", token: token)
            let kinds = audit.root?.elements.compactMap { $0["kind"]?.string } ?? []
            #expect(kinds.filter { $0 == "recovery_codes_renewed" }.count == 2)
            for event in try await world.events() {
                #expect(!codes(byCode).contains { event.text.contains($0) })
            }
        }
    }

    @Test("without a right proof there are no codes, and guesses are counted")
    func refused() async throws {
        try await IdentityWorld.with(["DUELY_FAILED_LOGINS_PER_ACCOUNT": "3"]) { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            func renew(_ body: String, _ token: String?) async throws -> Answer {
                try await world.call("POST", Self.path, body, token: token)
            }
            let right = #"{"password":"\#(IdentityWorld.password)"}"#
            #expect(try await renew(right, token).code == "totp_not_enabled")
            let (_, first) = try await world.turnOnSecondFactor(token)
            #expect(try await renew(right, nil).status == 401)
            #expect(try await renew("{}", token).fields == ["password": "required"])
            #expect(try await renew(#"{"code":7}"#, token).status == 422)
            #expect(try await renew(#"{"password":"wrong phrase"}"#, token).fields == ["password": "wrong"])
            for _ in 0..<2 {
                #expect(try await renew(#"{"code":"000000"}"#, token).fields == ["code": "wrong"])
            }
            #expect(try await renew(right, token).status == 429)
            world.clock.advance(by: .seconds(900))
            #expect(try await logIn(world, with: first[0]) == 200)
        }
    }
}
