import HTTPClient
import Primitives
import TestKit
import Testing

/// Whoever has an account hears by mail of what was done to its security.
@Suite(.timeLimit(.minutes(10))) struct SecurityNoticeTests {
    private static let other = "quite another phrase"

    private func notices(_ world: IdentityWorld) async throws -> [WrittenEvent] {
        try await world.events("mail.requested.v1").filter { $0.data["kind"]?.string == "security_notice" }
    }

    private func acts(_ world: IdentityWorld) async throws -> [String] {
        try await notices(world).compactMap { $0.data["notice"]?["act"]?.string }
    }

    @Test("a changed password is told with the moment and roughly from where, to the person alone")
    func changed() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            let body = #"{"current_password":"\#(IdentityWorld.password)","new_password":"\#(Self.other)"}"#
            for _ in 0..<2 {
                let answer = try await world.call(
                    "POST", "/v1/password", body, token: token,
                    headers: [("Idempotency-Key", "c1"), ("X-Forwarded-For", "203.0.113.77")])
                #expect(answer.status == 204)
            }
            let all = try await notices(world)
            #expect(all.count == 1)
            let notice = try #require(all.first)
            #expect(notice.exchange == "identity.private")
            #expect(notice.data["to"]?.string == "nora@sender.test")
            #expect(notice.data["language"]?.string == "de")
            #expect(notice.data["notice"]?["act"]?.string == "password_changed")
            #expect(notice.data["notice"]?["at"]?.string == "2027-01-15T08:00:00.000Z")
            #expect(notice.data["notice"]?["network"]?.string == "203.0.113.*")
            #expect(!notice.text.contains("203.0.113.77") && !notice.text.contains(Self.other))
        }
    }

    @Test("a replaced password, another address, and every change of the second factor are told")
    func others() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            _ = try await world.call("POST", "/v1/password_resets", #"{"email":"nora@sender.test"}"#)
            let reset = try #require(try await world.mailedReset())
            _ = try await world.call(
                "POST", "/v1/password_resets/\(reset)", #"{"password":"\#(Self.other)"}"#)
            world.clock.advance(by: .seconds(1))
            let token = try await world.logIn(password: Self.other)["access_token"]
            _ = try await world.call(
                "POST", "/v1/me/email", #"{"email":"nora@new.test","password":"\#(Self.other)"}"#,
                token: token)
            #expect(try await acts(world) == ["password_reset"])
            let proof = try #require(try await world.mailedSecret("verification", path: "verifications"))
            for _ in 0..<2 { _ = try await world.prove(proof) }
            #expect(try await notices(world).last?.data["to"]?.string == "nora@sender.test")
            let (device, _) = try await world.turnOnSecondFactor(token)
            let password = #""password":"\#(Self.other)""#
            _ = try await world.call("POST", "/v1/me/totp/recovery_codes", "{\(password)}", token: token)
            let code = #""code":"\#(device.code(at: world.clock.now()))""#
            _ = try await world.call("DELETE", "/v1/me/totp", "{\(password),\(code)}", token: token)
            #expect(
                try await acts(world) == [
                    "password_reset", "email_changed", "second_factor_on", "recovery_codes_renewed",
                    "second_factor_off",
                ])
            #expect(try await notices(world).last?.data["to"]?.string == "nora@new.test")
        }
    }

    @Test("what was refused is told to nobody")
    func refused() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            let body = #"{"current_password":"not my phrase","new_password":"\#(Self.other)"}"#
            #expect(try await world.call("POST", "/v1/password", body, token: token).status == 422)
            _ = try await world.call("POST", "/v1/me/totp", token: token)
            _ = try await world.call("POST", "/v1/me/totp/confirm", #"{"code":"000000"}"#, token: token)
            #expect(try await notices(world).isEmpty)
        }
    }
}
