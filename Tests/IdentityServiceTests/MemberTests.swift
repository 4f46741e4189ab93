import HTTPClient
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import IdentityService

@Suite(.timeLimit(.minutes(10))) struct MemberTests {
    private func change(
        _ team: TeamWorld, _ account: String, _ body: String, by token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await team.world.call(
            "PATCH", "/v1/members/\(account)", body, token: token ?? team.owner, headers: headers)
    }

    private func remove(_ team: TeamWorld, _ account: String, by token: String? = nil) async throws -> Answer
    {
        try await team.world.call("DELETE", "/v1/members/\(account)", token: token ?? team.owner)
    }

    private func isVoid(_ token: String?, in team: TeamWorld) async throws {
        try await eventually("the end of the login") {
            try await team.world.call("GET", "/v1/me", token: token).status == 401
        }
    }

    private func permissions(of token: String?, in team: TeamWorld) async throws -> Set<String> {
        let me = try await team.world.call("GET", "/v1/me", token: token)
        return Set(me.root?["permissions"]?.elements.compactMap(\.string) ?? [])
    }

    @Test("a list shows who works here, page by page, to those who may see it")
    func list() async throws {
        try await TeamWorld.with { team in
            let mia = try await team.join("mia@north.test")
            let ada = try await team.join("ada@north.test", as: "admin")
            let all = try await team.world.call("GET", "/v1/members", token: mia.token)
            let members = all.root?.elements ?? []
            #expect(Set(members.compactMap { $0["account_id"]?.string }) == [team.ownerID, mia.id, ada.id])
            let owner = members.first { $0["account_id"]?.string == team.ownerID }
            #expect(owner?["role"]?.string == "owner" && owner?["email"]?.string == "nora@sender.test")
            #expect(owner?["restricted"]?.bool == false && owner?["name"]?.string == "Nora North")
            let first = try await team.world.call("GET", "/v1/members?limit=2", token: team.owner)
            let cursor = try #require(first.response.header("x-next-cursor"))
            let rest = try await team.world.call(
                "GET", "/v1/members?limit=2&cursor=\(cursor)", token: team.owner)
            #expect(first.root?.elements.count == 2 && rest.root?.elements.count == 1)
            #expect(try await team.world.call("GET", "/v1/members").status == 401)
            _ = try await team.world.signUp("b@b.test")
            let stranger = try await team.world.logIn("b@b.test")["access_token"]
            let own = try await team.world.call("GET", "/v1/members", token: stranger)
            #expect(own.root?.elements.count == 1)
            let path = "/v1/members?website_id=\(team.organizationID)"
            #expect(try await team.world.call("GET", path, token: stranger).status == 403)
        }
    }

    @Test("another role counts at once and is told once; the login of before is over")
    func role() async throws {
        try await TeamWorld.with { team in
            let mia = try await team.join("mia@north.test")
            let key = [(name: "Idempotency-Key", value: "promote")]
            for _ in 0..<2 {
                let changed = try await change(team, mia.id, #"{"role":"admin"}"#, headers: key)
                #expect(changed.status == 200 && changed["role"] == "admin")
            }
            #expect(try await change(team, mia.id, #"{"role":"admin"}"#).status == 200)
            try await isVoid(mia.token, in: team)
            let revoked = try await team.world.events("session.revoked.v1")
            #expect(revoked.count == 1 && revoked[0].data["account_id"]?.string == mia.id)
            let told = try await team.world.events("member.changed.v1").filter {
                $0.data["account_id"]?.string == mia.id
            }
            #expect(told.compactMap { $0.data["role"]?.string } == ["member", "admin"])
            #expect(told.compactMap { $0.root["sequence"]?.string } == ["4", "5"])
            #expect(try await team.world.logIn("mia@north.test")["role"] == "admin")
            #expect(try await team.world.call("GET", "/v1/me", token: team.owner).status == 200)
        }
    }

    @Test("logins for other organizations go on when a place changes or is taken")
    func otherOrganizations() async throws {
        try await TeamWorld.with { team in
            _ = try await team.world.signUp("mia@own.test")
            let own = try await team.world.logIn("mia@own.test")
            _ = try await team.invite("mia@own.test")
            let accepted = try await team.accept(try await team.secret(), token: own["access_token"])
            let id = try #require(accepted["account_id"])
            let body = """
                {"email":"mia@own.test","password":"\(IdentityWorld.password)",
                 "organization_id":"\(team.organizationID)"}
                """
            for action in ["change", "remove"] {
                let login = try await team.world.call("POST", "/v1/sessions", body)
                #expect(login["organization_id"] == team.organizationID)
                let answer =
                    action == "change"
                    ? try await change(team, id, #"{"role":"admin"}"#) : try await remove(team, id)
                #expect(answer.status == (action == "change" ? 200 : 204))
                try await isVoid(login["access_token"], in: team)
                #expect(try await team.world.refresh(login["refresh_token"]).status == 401)
                #expect(try await team.world.call("GET", "/v1/me", token: own["access_token"]).status == 200)
            }
            let again = try await team.world.call("POST", "/v1/sessions", body)
            #expect(again.status == 403 && again.code == "not_a_member")
            let told = try #require(try await team.world.events("member.changed.v1").last)
            #expect(told.data["account_id"]?.string == id && told.data["role"] == nil)
        }
    }

    @Test("a restricted member may do what is left, also after a refresh, until the restriction is lifted")
    func restriction() async throws {
        try await TeamWorld.with { team in
            let mia = try await team.join("mia@north.test")
            let body = #"{"permissions":["invoices.read","customers.read"]}"#
            let changed = try await change(team, mia.id, body)
            #expect(changed.status == 200 && changed.root?["restricted"]?.bool == true)
            try await isVoid(mia.token, in: team)
            let login = try await team.world.logIn("mia@north.test")
            let refreshed = try await team.world.refresh(login["refresh_token"])["access_token"]
            for token in [login["access_token"], refreshed] {
                #expect(
                    try await permissions(of: token, in: team) == [
                        "invoices.read", "customers.read", "bills.read", "bills.pay",
                    ])
                #expect(try await team.world.call("GET", "/v1/members", token: token).status == 403)
            }
            #expect(try await change(team, mia.id, #"{"permissions":null}"#).status == 200)
            let free = try await team.world.logIn("mia@north.test")["access_token"]
            #expect(try await permissions(of: free, in: team).contains("invoices.write"))
            _ = try await change(team, mia.id, #"{"permissions":[]}"#)
            let raised = try await change(team, mia.id, #"{"role":"admin"}"#)
            #expect(raised.root?["restricted"]?.bool == false, "an admin is not restricted")
        }
    }

    @Test("the last owner neither leaves nor steps down, and of two who leave at once one stays")
    func lastOwner() async throws {
        try await TeamWorld.with { team in
            for body in [#"{"role":"admin"}"#, #"{"role":"member"}"#] {
                let refused = try await change(team, team.ownerID, body)
                #expect(refused.status == 409 && refused.code == "last_owner")
            }
            #expect(try await remove(team, team.ownerID).code == "last_owner")
            let ada = try await team.join("ada@north.test", as: "admin")
            #expect(try await change(team, ada.id, #"{"role":"owner"}"#).status == 200)
            let second = try #require(try await team.world.logIn("ada@north.test")["access_token"])
            async let one = remove(team, team.ownerID).status
            async let other = remove(team, ada.id, by: second).status
            #expect(try await [one, other].sorted() == [204, 409])
            let root = try await team.world.superadmin()
            let left = try await team.world.call(
                "GET", "/v1/members?website_id=\(team.organizationID)", token: root)
            #expect(left.root?.elements.compactMap { $0["role"]?.string } == ["owner"])
        }
    }

    @Test("an admin rules over members only; only owners make owners and admins")
    func admins() async throws {
        try await TeamWorld.with { team in
            let admin = try await team.join("ada@north.test", as: "admin")
            let peer = try await team.join("ben@north.test", as: "admin")
            let member = try await team.join("mia@north.test")
            for (account, body) in [
                (member.id, #"{"role":"admin"}"#), (member.id, #"{"role":"owner"}"#),
                (peer.id, #"{"role":"member"}"#), (team.ownerID, #"{"role":"member"}"#),
                (admin.id, #"{"role":"owner"}"#),
            ] {
                let refused = try await change(team, account, body, by: admin.token)
                #expect(refused.status == 403 && refused.code == "owners_only")
            }
            for account in [peer.id, team.ownerID] {
                #expect(try await remove(team, account, by: admin.token).code == "owners_only")
            }
            #expect(
                try await change(team, member.id, #"{"permissions":[]}"#, by: admin.token).status == 200)
            #expect(try await remove(team, member.id, by: admin.token).status == 204)
            #expect(try await remove(team, member.id, by: admin.token).status == 404)
        }
    }

    @Test("a member changes and removes nobody, but may leave")
    func leave() async throws {
        try await TeamWorld.with { team in
            let mia = try await team.join("mia@north.test")
            let ben = try await team.join("ben@north.test")
            for account in [mia.id, ben.id, team.ownerID] {
                #expect(
                    try await change(team, account, #"{"role":"admin"}"#, by: mia.token).status == 403)
            }
            #expect(try await remove(team, ben.id, by: mia.token).status == 403)
            #expect(try await remove(team, mia.id, by: mia.token).status == 204)
            try await isVoid(mia.token, in: team)
            #expect(try await team.world.logIn("mia@north.test")["role"] == "client")
        }
    }

    @Test("another organization's members are out of reach, but for a superadmin who names it")
    func tenants() async throws {
        try await TeamWorld.with { team in
            let mia = try await team.join("mia@north.test")
            _ = try await team.world.signUp("b@b.test")
            let stranger = try await team.world.logIn("b@b.test")["access_token"]
            #expect(try await change(team, mia.id, #"{"role":"admin"}"#, by: stranger).status == 404)
            #expect(try await remove(team, mia.id, by: stranger).status == 404)
            let path = "/v1/members/\(mia.id)?website_id=\(team.organizationID)"
            let root = try await team.world.superadmin()
            let named = try await team.world.call("PATCH", path, #"{"role":"admin"}"#, token: root)
            #expect(named.status == 200 && named["role"] == "admin")
            #expect(try await change(team, mia.id, "{}", by: root).fields == ["website_id": "required"])
            #expect(try await team.world.call("DELETE", path, token: root).status == 204)
        }
    }

    @Test("what is wrong with a change is named, and nothing of it happens")
    func fields() async throws {
        try await TeamWorld.with { team in
            let mia = try await team.join("mia@north.test")
            let wrong = try await change(team, mia.id, #"{"role":"king","permissions":["fly"]}"#)
            #expect(wrong.fields == ["role": "malformed", "permissions": "unknown_value"])
            let tooMuch = try await change(team, mia.id, #"{"permissions":["members.write"]}"#)
            #expect(tooMuch.fields == ["permissions": "unknown_value"])
            let both = try await change(team, mia.id, #"{"role":"admin","permissions":["bills.pay"]}"#)
            #expect(both.fields == ["permissions": "not_allowed"])
            let text = try await change(team, mia.id, #"{"permissions":"all"}"#)
            #expect(text.fields == ["permissions": "wrong_type"])
            #expect(try await change(team, "nobody", "{}").status == 404)
            #expect(try await change(team, "\(AccountID(.v7()))", "{}").status == 404)
            #expect(try await change(team, mia.id, "{}").root?["restricted"]?.bool == false)
            #expect(try await team.world.call("GET", "/v1/me", token: mia.token).status == 200)
        }
    }

    @Test("of logins that race with a removal none goes on for the organization")
    func race() async throws {
        try await TeamWorld.with { team in
            let mia = try await team.join("mia@north.test")
            let logins = try await withThrowingTaskGroup(of: Answer?.self) { group in
                for _ in 0..<6 { group.addTask { try await team.world.logIn("mia@north.test") } }
                group.addTask {
                    let removed = try await remove(team, mia.id)
                    #expect(removed.status == 204)
                    return nil
                }
                return try await group.reduce(into: [Answer]()) { answers, answer in
                    if let answer { answers.append(answer) }
                }
            }
            #expect(logins.count == 6)
            for login in logins where login["organization_id"] != nil {
                try await isVoid(login["access_token"], in: team)
            }
            let violated = try await team.world.pool.transaction { tx in
                var names: [String] = []
                for invariant in IdentityInvariants.all where try !tx.query(invariant.violations).isEmpty {
                    names.append(invariant.name)
                }
                return names
            }
            #expect(violated == [])
        }
    }
}
