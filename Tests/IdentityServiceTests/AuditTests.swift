import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@testable import IdentityService

@Suite(.timeLimit(.minutes(10))) struct AuditTests {
    private func kinds(_ world: IdentityWorld, _ path: String, _ token: String?) async throws -> [String] {
        let list = try await world.call("GET", path, token: token)
        return list.root?.elements.compactMap { $0["kind"]?.string } ?? []
    }

    @Test("what happens to an account is kept in order, with from where and about what")
    func own() async throws {
        try await IdentityWorld.with { world in
            let signUp = try await world.askSignUp()
            func pass() { world.clock.advance(by: .seconds(20)) }
            pass()
            let secret = try #require(try await world.mailedSecret("verification", path: "verifications"))
            for _ in 0..<2 {
                _ = try await world.call("POST", "/v1/verifications", #"{"token":"\#(secret)"}"#)
            }
            pass()
            _ = try await world.logIn(password: "a wrong phrase", address: "198.51.100.7")
            pass()
            let gone = try await world.logIn()
            pass()
            _ = try await world.call("DELETE", "/v1/sessions/current", token: gone["access_token"])
            pass()
            let login = try await world.logIn(address: "192.0.2.5")
            try await world.addressEventsAreSettled()
            let list = try await world.call("GET", "/v1/me/audit_events", token: login["access_token"])
            let rows = list.root?.elements ?? []
            #expect(
                rows.map { $0["kind"]?.string } == [
                    "logged_in", "logged_out", "logged_in", "login_failed", "email_verified", "signed_up",
                ])
            #expect(list.response.header("cache-control") == "no-store")
            #expect(rows[0]["client_address"]?.string == "192.0.2.5")
            #expect(rows[3]["client_address"]?.string == "198.51.100.7")
            #expect(
                rows[1]["subjects"]?.elements.first?.string == rows[2]["subjects"]?.elements.first?.string)
            #expect(rows[0]["subjects"]?.elements.first?.string?.hasPrefix("ses_") == true)
            #expect(rows.allSatisfy { $0["organization_id"]?.string == signUp["organization_id"] })
            #expect(rows[5]["at"]?.string == "2027-01-15T08:00:20.000Z")
        }
    }

    @Test("a copied token, ended logins and a logout everywhere are kept")
    func sessions() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let stolen = try await world.logIn()
            _ = try await world.refresh(stolen["refresh_token"])
            world.clock.advance(by: .seconds(11))
            for _ in 0..<2 { _ = try await world.refresh(stolen["refresh_token"]) }
            let (mine, other) = (try await world.logIn(), try await world.logIn())
            let listed = try await world.call("GET", "/v1/sessions", token: other["access_token"])
            let current = listed.root?.elements.first { $0["is_current"]?.bool == true }?["id"]?.string
            let id = try #require(current)
            for _ in 0..<2 {
                _ = try await world.call("DELETE", "/v1/sessions/\(id)", token: mine["access_token"])
            }
            _ = try await world.call("DELETE", "/v1/sessions", token: mine["access_token"])
            world.clock.advance(by: .seconds(1))
            let token = try await world.logIn()["access_token"]
            let all = try await kinds(world, "/v1/me/audit_events", token)
            for kind in ["token_reused", "session_revoked", "logged_out_everywhere"] {
                #expect(all.filter { $0 == kind }.count == 1, "\(kind)")
            }
        }
    }

    @Test("who runs an organization sees what happened for it; a client and another organization do not")
    func organization() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let owner = try await world.logIn()["access_token"]
            let invited = try await world.call(
                "POST", "/v1/invitations",
                #"{"kind":"client","customer_id":"\#(CustomerID(.v7()))","email":"carl@client.test","name":"Carl"}"#,
                token: owner)
            let secret = try #require(
                try await world.mailedSecret("client_invitation", path: "invitations"))
            let accepted = try await world.call(
                "POST", "/v1/invitations/\(secret)/accept", #"{"password":"\#(IdentityWorld.password)"}"#)
            let list = try await world.call("GET", "/v1/audit_events", token: owner)
            let rows = list.root?.elements ?? []
            #expect(
                Set(rows.compactMap { $0["kind"]?.string }) == [
                    "signed_up", "email_verified", "logged_in", "invitation_sent", "invitation_accepted",
                ])
            let acceptance = rows.first { $0["kind"]?.string == "invitation_accepted" }
            #expect(acceptance?["account_id"]?.string == accepted["account_id"])
            #expect(acceptance?["subjects"]?.elements.map { $0.string } == [invited["id"]])
            let client = try await world.logIn("carl@client.test")["access_token"]
            #expect(try await world.call("GET", "/v1/audit_events", token: client).status == 403)
            #expect(
                Set(try await kinds(world, "/v1/me/audit_events", client)) == [
                    "signed_up", "invitation_accepted", "logged_in",
                ])
            let other = try await world.signUp("b@b.test")["organization_id"] ?? ""
            let stranger = try await world.logIn("b@b.test")["access_token"]
            #expect(
                Set(try await kinds(world, "/v1/audit_events", stranger)) == [
                    "signed_up", "email_verified", "logged_in",
                ])
            let foreign = try await world.call("GET", "/v1/audit_events?website_id=\(other)", token: owner)
            #expect(foreign.status == 403)
            #expect(try await world.call("GET", "/v1/audit_events").status == 401)
            #expect(try await world.call("GET", "/v1/me/audit_events").status == 401)
        }
    }

    @Test("what did not happen is not kept, and nobody who is unknown")
    func rolledBack() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            _ = try await world.askSignUp("somebody@sender.test")
            _ = try await world.logIn("nobody@sender.test")
            let other = try await world.signUp("b@b.test")["organization_id"] ?? ""
            let refused = try await world.call(
                "POST", "/v1/sessions",
                #"{"email":"nora@sender.test","password":"\#(IdentityWorld.password)","organization_id":"\#(other)"}"#
            )
            #expect(refused.status == 403)
            try await world.addressEventsAreSettled()
            let kept = try await world.pool.transaction { tx in
                try tx.query("SELECT kind FROM audit_events").column(0, as: String.self)
            }
            #expect(kept.sorted() == ["email_verified", "email_verified", "signed_up", "signed_up"])
        }
    }

    @Test("the list is read page by page, and every kind has its own word")
    func pages() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            for _ in 0..<4 {
                world.clock.advance(by: .milliseconds(5))
                _ = try await world.logIn()
            }
            let token = try await world.logIn()["access_token"]
            var (path, ids): (String, [String]) = ("/v1/me/audit_events?limit=4", [])
            for _ in 0..<2 {
                let page = try await world.call("GET", path, token: token)
                ids += page.root?.elements.compactMap { $0["id"]?.string } ?? []
                path =
                    "/v1/me/audit_events?limit=4&cursor=\(page.response.header("x-next-cursor") ?? "none")"
            }
            #expect(ids.count == 7 && ids == Set(ids).sorted(by: >))
            #expect(try await world.call("GET", path, token: token).fields == ["cursor": "malformed"])
            #expect(Set(Audit.Kind.allCases.map(\.rawValue)).count == Audit.Kind.allCases.count)
        }
    }
}
