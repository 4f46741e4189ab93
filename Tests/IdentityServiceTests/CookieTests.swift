import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@testable import IdentityService
@testable import ServiceKit

@Suite(.timeLimit(.minutes(10))) struct CookieTests {
    static let all: Set<String> = [
        SessionCookies.access, SessionCookies.refresh, SessionCookies.csrf,
    ]

    static func with(
        _ changes: [String: String] = [:], _ body: (IdentityWorld, CookieJar) async throws -> Void
    ) async throws {
        try await IdentityWorld.with(changes) { world in
            _ = try await world.signUp()
            try await body(world, CookieJar(world))
        }
    }

    @Test("a page that logs in gets cookies out of reach of scripts, and no token in the body")
    func logIn() async throws {
        try await Self.with { world, browser in
            let login = try await browser.logIn()
            #expect(login.status == 200 && login["role"] == "owner" && login["account_id"] != nil)
            #expect(login.root?["expires_in"]?.int64 == 600)
            for name in ["access_token", "refresh_token", "token_type"] { #expect(login.root?[name] == nil) }
            #expect(login.response.header("cache-control") == "no-store")
            #expect(browser.names == Self.all)
            let body = String(decoding: login.response.body, as: UTF8.self)
            for name in Self.all { #expect(!body.contains(try #require(browser[name]))) }
            let secret = "Path=/; Max-Age=2592000; Secure; SameSite=Strict; HttpOnly"
            #expect(
                browser.attributes == [
                    "__Host-duely_access; \(secret)", "__Host-duely_refresh; \(secret)",
                    "__Host-duely_csrf; Path=/; Max-Age=2592000; Secure; SameSite=Strict",
                ])
            let me = try await browser.call("GET", "/v1/me", headers: [])
            #expect(me.status == 200 && me["email"] == "nora@sender.test")
        }
    }

    @Test("a program that asks for nothing, or for the body, gets its tokens there and no cookie")
    func body() async throws {
        try await Self.with { world, browser in
            for more in ["", #","delivery":"body""#] {
                let login = try await world.call(
                    "POST", "/v1/sessions",
                    #"{"email":"nora@sender.test","password":"\#(IdentityWorld.password)"\#(more)}"#)
                #expect(login.status == 200 && login["access_token"] != nil && login["refresh_token"] != nil)
                #expect(login.response.header("set-cookie") == nil)
                let next = try await world.refresh(login["refresh_token"])
                #expect(next["refresh_token"] != nil && next.response.header("set-cookie") == nil)
            }
            let wrong = try await world.call(
                "POST", "/v1/sessions", #"{"email":"a@b.test","password":"x","delivery":"post"}"#)
            #expect(wrong.fields.keys.sorted() == ["delivery"])
        }
    }

    @Test("what only reads is free; what changes something needs the token and a page of ours")
    func csrf() async throws {
        try await Self.with { world, browser in
            _ = try await browser.logIn()
            let token = try #require(browser[SessionCookies.csrf])
            let own: (name: String, value: String) = ("Origin", IdentityWorld.publicURL)
            func update(_ headers: [(name: String, value: String)]) async throws -> Answer {
                try await browser.call("PATCH", "/v1/me", #"{"name":"Eve"}"#, headers: headers)
            }
            #expect(try await update([own]).code == "csrf_token_mismatch")
            #expect(try await update([own, ("X-CSRF-Token", token + "x")]).code == "csrf_token_mismatch")
            for origin in ["https://evil.test", "null", IdentityWorld.publicURL + ":444"] {
                #expect(
                    try await update([("Origin", origin), ("X-CSRF-Token", token)]).code == "wrong_origin")
            }
            #expect(
                try await update([own, ("X-CSRF-Token", token), ("Sec-Fetch-Site", "cross-site")]).code
                    == "wrong_origin")
            let unchanged = try await browser.call("GET", "/v1/me", headers: [])["name"]
            #expect(unchanged == "Nora North")
            let changed = try await update([own, ("X-CSRF-Token", token)])["name"]
            #expect(changed == "Eve")
        }
    }

    @Test("another site can log nobody in, with whatever it sends")
    func loginFromElsewhere() async throws {
        try await Self.with { world, browser in
            let body =
                #"{"email":"nora@sender.test","password":"\#(IdentityWorld.password)","delivery":"cookie"}"#
            for headers in [[], [("Origin", "https://evil.test")], [("Origin", "null")]] {
                let answer = try await browser.call("POST", "/v1/sessions", body, headers: headers)
                #expect(answer.status == 403 && answer.code == "wrong_origin")
            }
            #expect(browser.names.isEmpty)
        }
    }

    @Test("the Authorization header goes before the cookie, whichever of the two counts")
    func headerFirst() async throws {
        try await Self.with { world, browser in
            _ = try await world.signUp("b@b.test")
            _ = try await browser.logIn()
            let other = try #require(try await world.logIn("b@b.test")["access_token"])
            let both = try await browser.call(
                "GET", "/v1/me", headers: [("Authorization", "Bearer \(other)")])
            #expect(both["email"] == "b@b.test")
            let wrong = try await browser.call("GET", "/v1/me", headers: [("Authorization", "Bearer x.y.z")])
            #expect(wrong.status == 401)
            // The header's login ends; the browser's is none of its business.
            let logout = try await browser.call(
                "DELETE", "/v1/sessions/current", headers: [("Authorization", "Bearer \(other)")])
            #expect(logout.status == 204 && logout.response.header("set-cookie") == nil)
            #expect(try await browser.call("GET", "/v1/me").status == 200)
        }
    }

    @Test(
        "whoever ends the own login is told to forget it",
        arguments: ["/v1/sessions/current", "/v1/sessions", "/v1/sessions/{id}"])
    func logOut(path: String) async throws {
        try await Self.with { world, browser in
            _ = try await browser.logIn()
            let other = CookieJar(world)
            _ = try await other.logIn()
            let sessions = try await browser.call("GET", "/v1/sessions")
            let own = sessions.root?.elements.first { $0["is_current"]?.bool == true }?["id"]?.string ?? ""
            let stale = browser.copy()
            let path = path.split(separator: "{").count == 2 ? "/v1/sessions/\(own)" : path
            #expect(try await browser.call("DELETE", path).status == 204)
            #expect(browser.names.isEmpty)
            #expect(browser.attributes.suffix(3).allSatisfy { $0.contains("Path=/; Max-Age=0; Secure") })
            #expect(try await stale.refresh().status == 401)
            try await eventually("the access cookie is refused") {
                try await stale.call("GET", "/v1/me").status == 401
            }
            #expect(try await other.refresh().status == (path == "/v1/sessions" ? 401 : 200))
        }
    }

    @Test("ending another login leaves this browser's cookies alone")
    func endOther() async throws {
        try await Self.with { world, browser in
            _ = try await browser.logIn()
            _ = try await world.logIn()
            let sessions = try await browser.call("GET", "/v1/sessions")
            let other = sessions.root?.elements.first { $0["is_current"]?.bool == false }?["id"]?.string
            let answer = try await browser.call("DELETE", "/v1/sessions/\(other ?? "")")
            #expect(answer.status == 204 && answer.response.header("set-cookie") == nil)
            #expect(browser.names == Self.all)
        }
    }

    @Test(
        "an account of an invitation logs in by cookies, accepts another with them, and is erased with them")
    func invitation() async throws {
        try await Self.with { world, browser in
            let owner = CookieJar(world)
            _ = try await owner.logIn()
            func invite() async throws -> String {
                let customer = CustomerID(.v7())
                let invited = try await owner.call(
                    "POST", "/v1/invitations",
                    #"{"kind":"client","customer_id":"\#(customer)","email":"zeno@client.test","name":"Zeno"}"#
                )
                #expect(invited.status == 201)
                let secret = try await world.mailedSecret("client_invitation", path: "invitations")
                return try #require(secret)
            }
            let first = try await invite()
            let accepted = try await browser.call(
                "POST", "/v1/invitations/\(first)/accept", #"{"password":"\#(IdentityWorld.password)"}"#)
            #expect(accepted.status == 200 && browser.names.isEmpty)
            #expect(try await browser.logIn(email: "zeno@client.test").status == 200)
            let second = try await invite()
            let again = try await browser.call("POST", "/v1/invitations/\(second)/accept")
            #expect(again.status == 200 && again["account_id"] == accepted["account_id"])
            let erasure = #"{"password":"\#(IdentityWorld.password)"}"#
            #expect(try await browser.call("POST", "/v1/me/erasure", erasure).status == 204)
            #expect(browser.names.isEmpty)
        }
    }

    @Test("after a reset of the password the old cookies count no more")
    func passwordReset() async throws {
        try await Self.with { world, browser in
            _ = try await browser.logIn()
            _ = try await browser.call("POST", "/v1/password_resets", #"{"email":"nora@sender.test"}"#)
            let secret = try #require(
                try await world.mailedReset())
            world.clock.advance(by: .seconds(1))
            let reset = try await browser.call(
                "POST", "/v1/password_resets/\(secret)", #"{"password":"quite another fine phrase"}"#)
            #expect(reset.status == 204)
            #expect(try await browser.refresh().status == 401)
            #expect(browser.names.isEmpty)
        }
    }

    @Test("no table holds the value of a cookie, whatever was done with it")
    func atRest() async throws {
        try await Self.with { world, browser in
            _ = try await browser.logIn()
            var values = Self.all.compactMap { browser[$0] }
            let headers = [
                ("Origin", IdentityWorld.publicURL), ("X-CSRF-Token", browser[SessionCookies.csrf] ?? ""),
                ("Idempotency-Key", "k-1"),
            ]
            for (method, path, body) in [
                ("PATCH", "/v1/me", #"{"name":"Nora"}"#),
                ("POST", "/v1/sessions/refresh", #"{"delivery":"cookie"}"#), ("DELETE", "/v1/sessions", nil),
            ] {
                let answer = try await browser.call(method, path, body, headers: headers)
                #expect(answer.status < 300, "\(path)")
                values += Self.all.compactMap { browser[$0] }
            }
            #expect(Set(values).count == 5)
            let stored = try await everything(world)
            #expect(stored.contains("logged_out_everywhere"), "the audit is among what is looked at")
            for value in values {
                #expect(!stored.contains(value) && !stored.contains(Hex.encode(Array(value.utf8))))
            }
            #expect(!stored.lowercased().contains("__host-"))
        }
    }

    /// All rows of all tables, bytes both as text and as they are printed.
    private func everything(_ world: IdentityWorld) async throws -> String {
        try await world.pool.transaction { tx in
            let tables = try tx.query(
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
            ).column(0, as: String.self)
            var texts: [String] = []
            for table in tables {
                texts += try tx.query("SELECT t::text FROM \(table) t").column(0, as: String.self)
            }
            let bodies = "SELECT encode(body, 'escape') FROM"
            texts += try tx.query("\(bodies) events").column(0, as: String.self)
            texts += try tx.query("\(bodies) idempotent_requests WHERE body IS NOT NULL").column(
                0, as: String.self)
            return texts.joined(separator: "\n")
        }
    }
}
