import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct ProfileTests {
    private func changeEmail(
        _ world: IdentityWorld, _ token: String?, to email: String = "nora@new.test",
        password: String = IdentityWorld.password, headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await world.call(
            "POST", "/v1/me/email", #"{"email":"\#(email)","password":"\#(password)"}"#, token: token,
            headers: headers)
    }

    private func mailed(_ world: IdentityWorld) async throws -> String {
        try #require(try await world.mailedSecret("verification", path: "verifications"))
    }

    @Test("another address counts once it is proven, and the old one hears of it before")
    func change() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            for _ in 0..<2 {
                let answer = try await changeEmail(
                    world, token, to: "Nora@New.test", headers: [("Idempotency-Key", "e1")])
                #expect(answer.status == 202)
            }
            let mails = try await world.events("mail.requested.v1")
            #expect(
                mails.map { $0.data["kind"]?.string } == ["verification", "email_change", "verification"])
            #expect(mails[1].data["to"]?.string == "nora@sender.test")
            #expect(mails[2].data["to"]?.string == "Nora@New.test")
            #expect(!mails[1].text.contains("New.test"))
            #expect(try await world.call("GET", "/v1/me", token: token)["email"] == "nora@sender.test")
            let secret = try await mailed(world)
            for _ in 0..<2 { #expect(try await world.prove(secret).status == 200) }
            let me = try await world.call("GET", "/v1/me", token: token)
            #expect(me["email"] == "Nora@New.test" && me.root?["email_verified"]?.bool == true)
            #expect(try await world.logIn().status == 401)
            #expect(try await world.logIn("nora@new.test").status == 200)
            let told = try await world.events("person.changed.v1").last
            #expect(told?.data["email"]?.string == "Nora@New.test" && told?.exchange == "identity.private")
            let verified = try await world.events("account.verified.v1")
            #expect(verified.count == 2 && verified[1].root["sequence"]?.string == "3")
            #expect(try await world.signUp().status == 201)
            #expect(try await world.logIn().status == 200)
        }
    }

    @Test("an address of somebody else is neither given nor told, be it taken before or meanwhile")
    func taken() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            _ = try await world.signUp("b@b.test")
            let token = try await world.logIn()["access_token"]
            let before = try await world.events("mail.requested.v1").count
            let answer = try await changeEmail(world, token, to: "B@b.test")
            #expect(answer.status == 202 && answer.response.body.isEmpty)
            let mails = try await world.events("mail.requested.v1").dropFirst(before)
            #expect(mails.map { $0.data["to"]?.string } == ["nora@sender.test"])
            #expect(try await changeEmail(world, token).status == 202)
            let secret = try await mailed(world)
            try await world.signUp("nora@new.test")
            #expect(try await world.prove(secret).code == "invalid_verification")
            #expect(try await world.call("GET", "/v1/me", token: token)["email"] == "nora@sender.test")
        }
    }

    @Test("only the newest change counts, none after a new password, and none too late")
    func withdrawn() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            _ = try await changeEmail(world, token, to: "one@new.test")
            let first = try await mailed(world)
            _ = try await changeEmail(world, token, to: "two@new.test")
            let second = try await mailed(world)
            #expect(try await world.prove(first).code == "invalid_verification")
            let body =
                #"{"current_password":"\#(IdentityWorld.password)","new_password":"quite another phrase"}"#
            #expect(try await world.call("POST", "/v1/password", body, token: token).status == 204)
            #expect(try await world.prove(second).code == "invalid_verification")
            _ = try await changeEmail(world, token, to: "three@new.test", password: "quite another phrase")
            let third = try await mailed(world)
            world.clock.advance(by: .seconds(3 * 86_400))
            #expect(try await world.prove(third).code == "invalid_verification")
        }
    }

    @Test("a change of the address needs the password, another address, and patience")
    func refused() async throws {
        try await IdentityWorld.with(["DUELY_VERIFICATIONS_PER_ACCOUNT": "1"]) { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            #expect(try await changeEmail(world, nil).status == 401)
            #expect(
                try await changeEmail(world, token, password: "not my phrase").fields == ["password": "wrong"]
            )
            #expect(
                try await changeEmail(world, token, to: "nora@sender.test").fields == ["email": "unchanged"])
            #expect(try await changeEmail(world, token, to: "nonsense").fields == ["email": "malformed"])
            let empty = try await world.call("POST", "/v1/me/email", "{}", token: token)
            #expect(empty.fields == ["email": "required", "password": "required"])
            #expect(try await changeEmail(world, token).status == 202)
            #expect(try await changeEmail(world, token).status == 429)
        }
    }

    @Test("name and language change, and are told to those who keep them when they did")
    func profile() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            func patch(_ body: String) async throws -> Answer {
                try await world.call("PATCH", "/v1/me", body, token: token)
            }
            func told() async throws -> [WrittenEvent] {
                try await world.events("person.changed.v1").filter { $0.data["kind"]?.string == "account" }
            }
            let renamed = try await patch(#"{"name":"Nora South"}"#)
            #expect(renamed.status == 200 && renamed["name"] == "Nora South" && renamed["language"] == "de")
            _ = try await patch(#"{"name":"Nora South"}"#)
            #expect(try await patch("{}")["name"] == "Nora South")
            #expect(try await told().count == 2)
            #expect(try await patch(#"{"language":null}"#)["language"] == nil)
            #expect(try await patch(#"{"language":"pt-BR"}"#)["language"] == "pt-BR")
            let last = try #require(try await told().last)
            #expect(last.data["language"]?.string == "pt-BR" && last.data["name"]?.string == "Nora South")
            #expect(last.data["email"]?.string == "nora@sender.test")
            #expect(
                try await patch(#"{"name":"","language":"!"}"#).fields == [
                    "name": "too_short", "language": "malformed",
                ])
            #expect(try await world.call("PATCH", "/v1/me", #"{"name":"X"}"#).status == 401)
        }
    }
}
