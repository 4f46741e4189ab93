import Primitives
import TestKit
import Testing

@Suite("Logins in a real browser", .timeLimit(.minutes(10)))
struct LoginPageTests {
    private let mail = "s@northwind.test"
    private let password = "correct horse battery staple"

    @Test(
        "a person logs in, stays so when the token ends in two tabs, and logs out; no script could take a token",
        .enabled(if: RealBrowser.isInstalled))
    func comeAndGo() async throws {
        let system = try await RunningSystem.start()
        try await signUp(system)
        let seen = try await RealBrowser.run(
            "login_pages", [system.url, mail, password, system.home + "/clock"])
        #expect(seen["sent_to"]?.string == system.url + "/login#/account")
        #expect(seen["refused"]?.string?.hasPrefix("The address or the password is wrong") == true)
        for name in ["logged_in", "still_logged_in", "stayed"] {
            #expect(seen[name]?.bool == true, "\(name)")
        }
        #expect(texts(seen["answers"]) == ["[200, 200, 200]", "[200, 200, 200]"])
        // Two tabs, one after the other; the requests of one page share theirs.
        #expect(texts(seen["refreshes"]) == ["200", "200"])
        let hidden = #"[true, true, "Strict", "/"]"#
        #expect(seen["cookies"].map { text($0["__Host-duely_access"]) } == hidden)
        #expect(seen["cookies"].map { text($0["__Host-duely_refresh"]) } == hidden)
        #expect(seen["cookies"].map { text($0["__Host-duely_csrf"]) } == #"[false, true, "Strict", "/"]"#)
        #expect(seen["stranger"]?.string?.contains("Failed to fetch") == true)
        #expect(seen["cookies_left"]?.elements.isEmpty == true)
        #expect(texts(seen["storage"]) == ["0", "0", "0", "0"])
        let secrets = Set(seen["secrets"]?.elements.compactMap(\.string) ?? [])
        #expect(secrets.count == 4, "two tokens, and two more after the refreshes")
        for cookies in seen["script_cookies"]?.elements.compactMap(\.string) ?? [] {
            #expect(!secrets.contains { cookies.contains($0) } && !cookies.contains("duely_access"))
            #expect(!cookies.contains("duely_refresh"))
        }
        // Refusals that belong to the story are 401s, which browsers mention; nothing else may be said.
        let console = seen["console"]?.elements.compactMap(\.string) ?? []
        #expect(console.filter { !$0.contains("401") } == [])
        for name in ["identity", "nginx-access", "nginx"] {
            let log = try await system.log(name, lines: 100_000)
            for secret in secrets { #expect(!log.contains(secret), "\(name)") }
        }
        await system.stop()
    }

    @Test(
        "invitations are accepted by a new person, by one who is logged in, and by one who logs in first",
        .enabled(if: RealBrowser.isInstalled))
    func invitations() async throws {
        let system = try await RunningSystem.start()
        let api = APIClient(base: system.url)
        try await signUp(system)
        let session = try await api.post(
            "/v1/sessions", #"{"email":"\#(mail)","password":"\#(password)"}"#
        ).require(200)
        let sender = api.with(token: session["access_token"] ?? "")
        var links: [String] = []
        for address in ["c@acme.test", "c@acme.test", "c@acme.test", "d@acme.test"] {
            let last = try await system.mail.mails(to: address).last?.id ?? 0
            let customer = CustomerID(.v7())
            try await sender.post(
                "/v1/invitations",
                #"{"kind":"client","customer_id":"\#(customer)","email":"\#(address)","name":"Carla"}"#
            ).require(201)
            let sent = try await system.mail.mail(to: address, after: last, "the invitation")
            links.append(try #require(sent.links.first { $0.contains("/invitations/") }))
        }
        let seen = try await RealBrowser.run("invitation_pages", links + [password])
        #expect(seen["new"]?.string?.contains("c@acme.test") == true)
        #expect(seen["other"]?.string?.contains("d@acme.test") == true)
        let secrets = Set(seen["secrets"]?.elements.compactMap(\.string) ?? [])
        #expect(secrets.count == 4)
        for cookies in seen["script_cookies"]?.elements.compactMap(\.string) ?? [] {
            #expect(!secrets.contains { cookies.contains($0) })
        }
        #expect(seen["storage"]?.int64 == 0)
        // Whoever is not logged in yet is a 401.
        let console = seen["console"]?.elements.compactMap(\.string) ?? []
        #expect(console.filter { !$0.contains("401") } == [])
        await system.stop()
    }

    private func signUp(_ system: RunningSystem) async throws {
        try await APIClient(base: system.url).post(
            "/v1/sign-up",
            """
            {"email":"\(mail)","password":"\(password)","name":"Nora",
             "organization":{"name":"Northwind","currency":"USD","zone":"Europe/Berlin","invoice_prefix":"NW"}}
            """
        ).require(201)
        try await system.proveAddress(mail)
    }

    private func text(_ node: JSONNode?) -> String {
        node.map { String(decoding: $0.rawBytes, as: UTF8.self) } ?? ""
    }

    private func texts(_ node: JSONNode?) -> [String] { node?.elements.map { text($0) } ?? [] }
}
