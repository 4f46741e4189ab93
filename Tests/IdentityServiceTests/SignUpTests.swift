import HTTPClient
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct SignUpTests {
    @Test(
        "a sender signs up: account, organization and ownership, told in order and without a person in public"
    )
    func signUp() async throws {
        try await IdentityWorld.with { world in
            let answer = try await world.signUp()
            #expect(answer.status == 201)
            let account = try #require(answer["account_id"])
            let organization = try #require(answer["organization_id"])
            #expect(AccountID(account) != nil && OrganizationID(organization) != nil)
            let events = try await world.events().filter { $0.type != "signing_key.rotated.v1" }
            #expect(
                events.map(\.type) == [
                    "mail.requested.v1", "account.registered.v1", "person.changed.v1", "account.verified.v1",
                    "organization.created.v1", "person.changed.v1", "member.changed.v1",
                ])
            for event in events where event.exchange == "identity.events" {
                for word in ["nora", "Nora", "North", "Hafenstr", "sender.test"] {
                    #expect(!event.text.contains(word))
                }
            }
            let facts = try #require(events[4].data["organization"])
            #expect(facts["currency"]?.string == "EUR" && facts["zone"]?.string == "Europe/Berlin")
            #expect(facts["invoice_prefix"]?.string == "NORT" && facts["domain"] == nil)
            #expect(events[1].data["account_id"]?.string == account)
            #expect(events[4].root["sequence"]?.string == "1" && events[6].root["sequence"]?.string == "2")
            #expect(events[4].root["tenantid"]?.string == organization)
            #expect(events[6].data["role"]?.string == "owner")
            #expect(events[2].data["email"]?.string == "nora@sender.test")
            #expect(events[5].data["address"]?.string == "Hafenstr. 1\nHamburg")
            #expect(events.allSatisfy { $0.root["clocktime"]?.string == "2027-01-15T08:00:00.000Z" })
        }
    }

    @Test("the mailed secret proves the address once, and a second click has the same answer")
    func verification() async throws {
        try await IdentityWorld.with { world in
            let account = try await world.askSignUp()["account_id"]
            #expect(try await world.events("account.registered.v1").isEmpty)
            let secret = try #require(try await world.mailedSecret("verification", path: "verifications"))
            for _ in 0..<2 {
                let answer = try await world.call("POST", "/v1/verifications", #"{"token":"\#(secret)"}"#)
                #expect(answer.status == 200 && answer["account_id"] == account)
            }
            let verified = try await world.events("account.verified.v1")
            #expect(verified.count == 1 && verified[0].root["sequence"]?.string == "2")
            let access = try await world.logIn()["access_token"]
            #expect(
                try await world.call("GET", "/v1/me", token: access).root?["email_verified"]?.bool == true)
        }
    }

    @Test("a secret that is too old, unknown or none is refused")
    func badVerification() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.askSignUp()
            let secret = try #require(try await world.mailedSecret("verification", path: "verifications"))
            world.clock.advance(by: .seconds(3 * 86_400))
            for bad in [
                secret, "vt_" + String(repeating: "A", count: 43), "", "it_x", "'; DROP TABLE accounts",
            ] {
                let answer = try await world.call("POST", "/v1/verifications", #"{"token":"\#(bad)"}"#)
                #expect(answer.status == 422 && answer.code == "invalid_verification")
            }
            #expect(try await world.call("POST", "/v1/verifications", "{}").fields == ["token": "required"])
        }
    }

    @Test("an address has one account, however it is written, also when all links are followed at once")
    func uniqueEmail() async throws {
        try await IdentityWorld.with { world in
            var secrets: [String] = []
            for email in ["nora@sender.test", "NORA@Sender.test", "Nora@sender.TEST"] {
                #expect(try await world.askSignUp(email).status == 201)
                let secret = try await world.mailedSecret("verification", path: "verifications", to: email)
                secrets.append(try #require(secret))
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { [secrets] group in
                for secret in secrets { group.addTask { try await world.prove(secret).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 422, 422])
            #expect(try await world.events("account.registered.v1").count == 1)
            #expect(try await world.logIn().status == 200)
        }
    }

    @Test("the same Idempotency-Key signs up once and answers the same")
    func idempotency() async throws {
        try await IdentityWorld.with { world in
            let body = """
                {"email":"a@b.test","password":"\(IdentityWorld.password)","name":"A",
                 "organization":{"name":"O","currency":"JPY","zone":"Asia/Tokyo","invoice_prefix":"ox1"}}
                """
            var answers: [Answer] = []
            for _ in 0..<3 {
                answers.append(
                    try await world.call("POST", "/v1/sign-up", body, headers: [("Idempotency-Key", "k-1")]))
            }
            #expect(try await world.events("mail.requested.v1").count == 1)
            let secret = try #require(try await world.mailedSecret("verification", path: "verifications"))
            #expect(try await world.prove(secret)["account_id"] == answers[0]["account_id"])
            #expect(answers.map(\.status) == [201, 201, 201])
            #expect(Set(answers.map { $0["account_id"] }).count == 1)
            let created = try await world.events("organization.created.v1")
            #expect(created.count == 1)
            #expect(created[0].data["organization"]?["invoice_prefix"]?.string == "OX1")
        }
    }

    @Test("an organization is for tests from the beginning or never", arguments: [true, false])
    func testMode(isTest: Bool) async throws {
        try await IdentityWorld.with { world in
            let body = """
                {"email":"a@b.test","password":"\(IdentityWorld.password)","name":"A",
                 "organization":{"name":"O","currency":"JPY","zone":"Asia/Tokyo","test_mode":\(isTest)}}
                """
            #expect(try await world.call("POST", "/v1/sign-up", body).status == 201)
            let secret = try #require(try await world.mailedSecret("verification", path: "verifications"))
            #expect(try await world.prove(secret).status == 200)
            let told = try await world.events("organization.created.v1").first?.data["organization"]
            #expect(told?["is_test"]?.bool == (isTest ? true : nil))
        }
    }

    @Test("everything that is wrong is named at once, and nothing is stored")
    func fields() async throws {
        try await IdentityWorld.with { world in
            let empty = try await world.call("POST", "/v1/sign-up", "{}")
            #expect(empty.status == 422)
            #expect(Set(empty.fields.keys) == ["email", "password", "name", "organization"])
            let wrong = try await world.call(
                "POST", "/v1/sign-up",
                """
                {"email":"nobody","password":"short","name":"a\\nb","language":7,"organization":{"name":5,"currency":"XYZW",
                 "zone":"Mars/Olympus","invoice_prefix":"a-b","domain":"localhost"}}
                """)
            #expect(wrong.status == 422)
            #expect(
                wrong.fields == [
                    "email": "malformed", "name": "malformed", "language": "wrong_type",
                    "organization.name": "wrong_type", "organization.currency": "malformed",
                    "organization.zone": "malformed", "organization.invoice_prefix": "malformed",
                    "organization.domain": "malformed",
                ])
            let weak = try await world.call(
                "POST", "/v1/sign-up",
                #"{"email":"a@b.test","password":"password12","name":"A","organization":{"name":"O","currency":"EUR","zone":"UTC"}}"#
            )
            #expect(weak.fields == ["password": "too_common"])
            #expect(try await world.events("account.registered.v1").isEmpty)
        }
    }

    @Test(
        "what is no request is refused with a problem and harms nothing",
        arguments: [
            ("{", 400), ("", 400), ("[]", 422), ("null", 422), (#"{"email":"a","email":"b"}"#, 400),
            ("{\"a\":\"\u{0}\"}", 400),
            (#"{"email":{"a":1},"password":[],"name":true,"organization":"x"}"#, 422),
        ])
    func badInput(_ body: String, _ status: Int) async throws {
        try await IdentityWorld.with { world in
            for path in ["/v1/sign-up", "/v1/sessions", "/v1/sessions/refresh", "/v1/verifications"] {
                let answer = try await world.call("POST", path, body)
                #expect(answer.status == status, "\(path)")
                #expect(answer.response.header("content-type") == "application/problem+json")
            }
        }
    }

    @Test("no more sign-ups from one address than the limit")
    func limit() async throws {
        try await IdentityWorld.with(["DUELY_SIGN_UPS_PER_ADDRESS": "2"]) { world in
            #expect(try await world.signUp("a@b.test").status == 201)
            #expect(try await world.signUp("b@b.test").status == 201)
            let refused = try await world.signUp("c@b.test")
            #expect(refused.status == 429 && refused.response.header("retry-after") != nil)
            world.clock.advance(by: .seconds(3600))
            #expect(try await world.signUp("c@b.test").status == 201)
        }
    }
}
