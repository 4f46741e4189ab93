import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct InvitationTests {
    private let customer = CustomerID(.v7())

    private func invite(
        _ world: IdentityWorld, token: String?, email: String = "carl@client.test",
        customer: CustomerID? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await world.call(
            "POST", "/v1/invitations",
            #"{"kind":"client","customer_id":"\#(customer ?? self.customer)","email":"\#(email)","name":"Carl"}"#,
            token: token, headers: headers)
    }

    private func accept(_ world: IdentityWorld, _ secret: String, _ body: String? = nil, token: String? = nil)
        async throws -> Answer
    {
        try await world.call(
            "POST", "/v1/invitations/\(secret)/accept", body ?? #"{"password":"\#(IdentityWorld.password)"}"#,
            token: token)
    }

    private func invited(_ world: IdentityWorld) async throws -> (token: String?, secret: String) {
        _ = try await world.signUp()
        let token = try await world.logIn()["access_token"]
        #expect(try await invite(world, token: token).status == 201)
        let secret = try await world.mailedSecret("client_invitation", path: "invitations")
        return (token, try #require(secret))
    }

    @Test("an invited client registers from the mail and is told to the invoice service, proven")
    func newAccount() async throws {
        try await IdentityWorld.with { world in
            let (_, secret) = try await invited(world)
            let view = try await world.call("GET", "/v1/invitations/\(secret)")
            #expect(view.status == 200 && view["email"] == "carl@client.test" && view["status"] == "pending")
            #expect(view["organization_name"] == "North Studio")
            #expect(view.root?["account_exists"]?.bool == false)
            let accepted = try await accept(world, secret)
            #expect(accepted.status == 200)
            let events = try await world.events("invitation.accepted.v1")
            #expect(events.count == 1)
            #expect(events[0].data["customer_id"]?.string == "\(customer)")
            #expect(events[0].data["account_id"]?.string == accepted["account_id"])
            #expect(events[0].root["tenantid"]?.string == events[0].data["organization_id"]?.string)
            let login = try await world.logIn("carl@client.test")
            #expect(login["role"] == "client" && login["organization_id"] == nil)
            let me = try await world.call("GET", "/v1/me", token: login["access_token"])
            #expect(me["name"] == "Carl" && me.root?["email_verified"]?.bool == true)
            #expect(try await world.call("GET", "/v1/invitations/\(secret)")["status"] == "accepted")
            #expect(try await accept(world, secret).code == "invitation_used")
        }
    }

    @Test("somebody with an account accepts with it, and again without effect; nobody else can")
    func existingAccount() async throws {
        try await IdentityWorld.with { world in
            let (_, secret) = try await invited(world)
            let account = try await world.signUp("carl@client.test")["account_id"]
            #expect(
                try await world.call("GET", "/v1/invitations/\(secret)").root?["account_exists"]?.bool == true
            )
            #expect(try await accept(world, secret).code == "account_exists")
            let token = try await world.logIn("carl@client.test")["access_token"]
            for _ in 0..<2 {
                let answer = try await accept(world, secret, "", token: token)
                #expect(answer.status == 200 && answer["account_id"] == account)
            }
            let other = try await world.logIn()["access_token"]
            #expect(try await accept(world, secret, "", token: other).status == 409)
            #expect(try await world.events("invitation.accepted.v1").count == 1)
        }
    }

    @Test("of many who accept at once, one does")
    func race() async throws {
        try await IdentityWorld.with { world in
            let (_, secret) = try await invited(world)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 { group.addTask { try await accept(world, secret).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 409, 409, 409, 409])
            #expect(try await world.events("account.registered.v1").count == 2)
        }
    }

    @Test("an invitation ends with its time, and with a newer one for the same customer")
    func ends() async throws {
        try await IdentityWorld.with { world in
            let (token, first) = try await invited(world)
            #expect(try await invite(world, token: token, email: "new@client.test").status == 201)
            let second = try #require(try await world.mailedSecret("client_invitation", path: "invitations"))
            #expect(try await accept(world, first).code == "invitation_revoked")
            #expect(try await world.call("GET", "/v1/invitations/\(first)")["status"] == "revoked")
            world.clock.advance(by: .seconds(14 * 86_400))
            #expect(try await accept(world, second).code == "invitation_expired")
            #expect(try await world.call("GET", "/v1/invitations/\(second)")["status"] == "expired")
            #expect(try await world.events("invitation.accepted.v1").isEmpty)
        }
    }

    @Test("only those who may change customers invite, and only for their own organization")
    func permissions() async throws {
        try await IdentityWorld.with { world in
            let (_, secret) = try await invited(world)
            _ = try await accept(world, secret)
            let client = try await world.logIn("carl@client.test")["access_token"]
            #expect(try await invite(world, token: client).status == 403)
            #expect(try await world.call("GET", "/v1/invitations", token: client).status == 403)
            #expect(try await invite(world, token: nil).status == 401)
            let other = try await world.signUp("b@b.test")["organization_id"] ?? ""
            let sender = try await world.logIn()["access_token"]
            let foreign = try await world.call("GET", "/v1/invitations?website_id=\(other)", token: sender)
            #expect(foreign.status == 403)
            let stranger = try await world.logIn("b@b.test")["access_token"]
            #expect(
                try await world.call("GET", "/v1/invitations", token: stranger).root?.elements.isEmpty == true
            )
            #expect(try await world.call("GET", "/v1/invitations", token: sender).root?.elements.count == 1)
        }
    }

    @Test("the platform's superadmin names the organization to act for")
    func superadmin() async throws {
        try await IdentityWorld.with { world in
            let organization = try await world.signUp()["organization_id"] ?? ""
            _ = try await world.signUp("root@platform.test")
            try await world.pool.transaction { tx in
                _ = try tx.execute(
                    "UPDATE accounts SET is_superadmin = true WHERE email_key = 'root@platform.test'")
            }
            let login = try await world.logIn("root@platform.test")
            #expect(login["role"] == "superadmin" && login["organization_id"] == nil)
            let token = login["access_token"]
            #expect(
                try await world.call("GET", "/v1/invitations", token: token).fields == [
                    "website_id": "required"
                ])
            let wrong = try await world.call("GET", "/v1/invitations?website_id=x", token: token)
            #expect(wrong.fields == ["website_id": "malformed"])
            let list = try await world.call("GET", "/v1/invitations?website_id=\(organization)", token: token)
            #expect(list.status == 200)
        }
    }

    @Test("the secret is in no answer, no public event and not in the database")
    func secret() async throws {
        try await IdentityWorld.with { world in
            let (token, secret) = try await invited(world)
            let list = try await world.call("GET", "/v1/invitations", token: token)
            #expect(!String(decoding: list.response.body, as: UTF8.self).contains("it_"))
            for event in try await world.events() { #expect(!event.text.contains(secret)) }
            let mail = try #require(try await world.events("mail.requested.v1").last)
            #expect(mail.exchange == "identity.private" && mail.data["expires_at"] != nil)
            let stored = try await world.pool.transaction { tx in
                try tx.query("SELECT row_to_json(invitations)::text FROM invitations").scalar(as: String.self)
            }
            #expect(stored?.contains(secret) == false)
        }
    }

    @Test("an Idempotency-Key invites once and mails once")
    func idempotency() async throws {
        try await IdentityWorld.with { world in
            let (token, _) = try await invited(world)
            var ids: Set<String?> = []
            for _ in 0..<2 {
                ids.insert(try await invite(world, token: token, headers: [("Idempotency-Key", "i1")])["id"])
            }
            #expect(ids.count == 1)
            let mails = try await world.events("mail.requested.v1").filter {
                $0.data["kind"]?.string == "client_invitation"
            }
            #expect(mails.count == 2)
        }
    }

    @Test("a list is read page by page, newest first")
    func pages() async throws {
        try await IdentityWorld.with { world in
            let (token, _) = try await invited(world)
            for _ in 0..<104 {
                world.clock.advance(by: .milliseconds(5))
                #expect(try await invite(world, token: token, customer: CustomerID(.v7())).status == 201)
            }
            let first = try await world.call("GET", "/v1/invitations?limit=100", token: token)
            let cursor = try #require(first.response.header("x-next-cursor"))
            #expect(first.response.header("link")?.contains(cursor) == true)
            let second = try await world.call(
                "GET", "/v1/invitations?limit=100&cursor=\(cursor)", token: token)
            #expect(second.response.header("x-next-cursor") == nil)
            let ids = [first, second].flatMap { $0.root?.elements.compactMap { $0["id"]?.string } ?? [] }
            #expect(ids.count == 105 && Set(ids).count == 105)
            #expect(ids == ids.sorted(by: >))
            let wrong = try await world.call("GET", "/v1/invitations?cursor=none&limit=0", token: token)
            #expect(wrong.status == 422 && wrong.fields.keys.sorted() == ["cursor", "limit"])
        }
    }

    @Test("what is wrong with an invitation is named")
    func fields() async throws {
        try await IdentityWorld.with { world in
            let (token, secret) = try await invited(world)
            let empty = try await world.call("POST", "/v1/invitations", "{}", token: token)
            #expect(empty.fields == ["kind": "required", "customer_id": "required", "email": "required"])
            let wrong = try await world.call(
                "POST", "/v1/invitations", #"{"kind":"king","customer_id":"inv_x","email":"x","name":""}"#,
                token: token)
            #expect(
                wrong.fields == [
                    "kind": "malformed", "customer_id": "malformed", "email": "malformed",
                    "name": "too_short",
                ])
            #expect(
                try await accept(world, secret, #"{"password":"short"}"#).fields == ["password": "too_short"])
            for bad in [
                "x", "it_" + String(repeating: "A", count: 43), "vt_" + String(repeating: "A", count: 43),
            ] {
                #expect(try await world.call("GET", "/v1/invitations/\(bad)").status == 404)
                #expect(try await accept(world, bad).status == 404)
            }
        }
    }
}
