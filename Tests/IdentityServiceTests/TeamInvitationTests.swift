import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct TeamInvitationTests {
    @Test("an invited colleague joins from the mail in the role, and is told as a member")
    func join() async throws {
        try await TeamWorld.with { team in
            let invited = try await team.invite("mia@north.test", as: "admin")
            #expect(invited.status == 201 && invited["kind"] == "member" && invited["role"] == "admin")
            let mail = try #require(try await team.world.events("mail.requested.v1").last)
            #expect(mail.exchange == "identity.private" && mail.data["to"]?.string == "mia@north.test")
            #expect(mail.data["organization_name"]?.string == "North Studio")
            let invitation = try #require(try await team.world.events("member.invited.v1").last)
            #expect(invitation.exchange == "identity.events" && !invitation.text.contains("mia"))
            #expect(invitation.data["invitation_id"]?.string == invited["id"])
            #expect(
                invitation.data["role"]?.string == "admin" && invitation.root["sequence"]?.string == "3")
            let secret = try await team.secret()
            let view = try await team.world.call("GET", "/v1/invitations/\(secret)")
            #expect(view["kind"] == "member" && view["role"] == "admin" && view["status"] == "pending")
            let accepted = try await team.accept(secret)
            #expect(accepted.status == 200)
            let login = try await team.world.logIn("mia@north.test")
            #expect(login["role"] == "admin" && login["organization_id"] == team.organizationID)
            let change = try #require(try await team.world.events("member.changed.v1").last)
            #expect(change.data["account_id"]?.string == accepted["account_id"])
            #expect(change.data["role"]?.string == "admin" && change.root["sequence"]?.string == "4")
            #expect(!change.text.contains("mia"))
            let told = try #require(try await team.world.events("invitation.accepted.v1").last)
            #expect(told.data["role"]?.string == "admin" && told.data["customer_id"] == nil)
            #expect(try await team.invite("mia@north.test").code == "already_member")
        }
    }

    @Test("only an owner invites admins, an admin invites members, a member nobody")
    func whoInvites() async throws {
        try await TeamWorld.with { team in
            let admin = try await team.join("ada@north.test", as: "admin")
            let member = try await team.join("mia@north.test")
            #expect(try await team.invite("x@x.test", as: "member", by: admin.token).status == 201)
            let refused = try await team.invite("y@x.test", as: "admin", by: admin.token)
            #expect(refused.status == 403 && refused.code == "owners_only")
            let forbidden = try await team.invite("y@x.test", as: "member", by: member.token)
            #expect(forbidden.status == 403 && forbidden.code == "forbidden")
            #expect(
                try await team.world.call(
                    "POST", "/v1/invitations", #"{"kind":"member","role":"member","email":"x@x.test"}"#
                ).status == 401)
        }
    }

    @Test("a colleague's invitation is for the account of its address, whoever else holds the link")
    func wrongAccount() async throws {
        try await TeamWorld.with { team in
            _ = try await team.invite("mia@north.test")
            let secret = try await team.secret()
            _ = try await team.world.signUp("eve@other.test")
            let stranger = try await team.world.logIn("eve@other.test")["access_token"]
            let refused = try await team.accept(secret, token: stranger)
            #expect(refused.status == 403 && refused.code == "wrong_account")
            _ = try await team.world.signUp("Mia@North.test")
            let own = try await team.world.logIn("mia@north.test")["access_token"]
            for _ in 0..<2 { #expect(try await team.accept(secret, token: own).status == 200) }
            #expect(try await team.world.events("invitation.accepted.v1").count == 1)
            let me = try await team.world.call("GET", "/v1/me", token: own)
            #expect(me.root?["organizations"]?.elements.count == 2)
        }
    }

    @Test("a client's invitation, too, is for the account of its address")
    func wrongClient() async throws {
        try await TeamWorld.with { team in
            let body =
                """
                {"kind":"client","customer_id":"\(CustomerID(.v7()))","email":"carl@client.test","name":"Carl"}
                """
            #expect(
                try await team.world.call("POST", "/v1/invitations", body, token: team.owner).status == 201)
            let secret = try #require(
                try await team.world.mailedSecret("client_invitation", path: "invitations"))
            let refused = try await team.accept(secret, token: team.owner)
            #expect(refused.status == 403 && refused.code == "wrong_account")
            #expect(try await team.world.call("GET", "/v1/invitations/\(secret)")["status"] == "pending")
            #expect(try await team.accept(secret).status == 200)
        }
    }

    @Test("a resent invitation has a new secret and a new end, and the old secret is dead")
    func resend() async throws {
        try await TeamWorld.with { team in
            let id = try #require(try await team.invite("mia@north.test")["id"])
            let first = try await team.secret()
            team.world.clock.advance(by: .seconds(15 * 86_400))
            let owner = try await team.world.logIn()["access_token"]
            #expect(try await team.accept(first).code == "invitation_expired")
            let key = [(name: "Idempotency-Key", value: "again")]
            for _ in 0..<2 {
                let resent = try await team.world.call(
                    "POST", "/v1/invitations/\(id)/resend", token: owner, headers: key)
                #expect(resent.status == 200 && resent["id"] == id && resent["status"] == "pending")
            }
            let mails = try await team.world.events("mail.requested.v1").filter {
                $0.data["kind"]?.string == "member_invitation"
            }
            #expect(mails.count == 2)
            let second = try await team.secret()
            #expect(first != second)
            #expect(try await team.accept(first).status == 404)
            #expect(try await team.accept(second).status == 200)
            let used = try await team.world.call("POST", "/v1/invitations/\(id)/resend", token: owner)
            #expect(used.status == 409 && used.code == "invitation_used")
        }
    }

    @Test("an invitation that was taken back is gone, for its holder and for a resend")
    func revoke() async throws {
        try await TeamWorld.with { team in
            let id = try #require(try await team.invite("mia@north.test")["id"])
            let secret = try await team.secret()
            for _ in 0..<2 {
                let revoked = try await team.world.call("DELETE", "/v1/invitations/\(id)", token: team.owner)
                #expect(revoked.status == 204)
            }
            let accepted = try await team.accept(secret)
            #expect(accepted.status == 410 && accepted.code == "invitation_revoked")
            let resent = try await team.world.call(
                "POST", "/v1/invitations/\(id)/resend", token: team.owner)
            #expect(resent.status == 410)
            let joined = try #require(try await team.invite("mia@north.test")["id"])
            #expect(try await team.accept(try await team.secret()).status == 200)
            let used = try await team.world.call("DELETE", "/v1/invitations/\(joined)", token: team.owner)
            #expect(used.status == 409 && used.code == "invitation_used")
        }
    }

    @Test("resending and taking back need what inviting needs, in the own organization")
    func permissions() async throws {
        try await TeamWorld.with { team in
            let admin = try await team.join("ada@north.test", as: "admin")
            let member = try await team.join("mia@north.test")
            _ = try await team.world.signUp("b@b.test")
            let stranger = try #require(try await team.world.logIn("b@b.test")["access_token"])
            let toMember = try #require(try await team.invite("x@x.test")["id"])
            let toAdmin = try #require(try await team.invite("y@x.test", as: "admin")["id"])
            for (method, suffix) in [("POST", "/resend"), ("DELETE", "")] {
                func status(_ id: String, _ token: String?) async throws -> Int {
                    try await team.world.call(method, "/v1/invitations/\(id)\(suffix)", token: token).status
                }
                #expect(try await status(toMember, nil) == 401)
                #expect(try await status(toMember, member.token) == 403)
                #expect(try await status(toMember, stranger) == 404)
                #expect(try await status(toAdmin, admin.token) == 403)
                #expect(try await status("\(InvitationID(.v7()))", team.owner) == 404)
                #expect(try await status("it_x", team.owner) == 404)
                #expect(try await [200, 204].contains(status(toMember, admin.token)))
            }
        }
    }

    @Test("an organization's limit of mails counts what is resent")
    func limit() async throws {
        try await TeamWorld.with(["DUELY_INVITATIONS_PER_ORGANIZATION": "2"]) { team in
            let id = try #require(try await team.invite("mia@north.test")["id"])
            let path = "/v1/invitations/\(id)/resend"
            #expect(try await team.world.call("POST", path, token: team.owner).status == 200)
            #expect(try await team.world.call("POST", path, token: team.owner).status == 429)
        }
    }

    @Test("what is wrong with a colleague's invitation is named")
    func fields() async throws {
        try await TeamWorld.with { team in
            let empty = try await team.world.call(
                "POST", "/v1/invitations", #"{"kind":"member"}"#, token: team.owner)
            #expect(empty.fields == ["role": "required", "email": "required"])
            let wrong = try await team.invite("x", as: "owner")
            #expect(wrong.fields == ["role": "malformed", "email": "malformed"])
        }
    }
}
