import Observability
import Testing

@testable import HTTPServer

@Suite struct TrustedProxiesTests {
    private let proxies: TrustedProxies

    init() throws {
        proxies = TrustedProxies([
            try #require(IPAddressRange("10.0.0.0/8")), try #require(IPAddressRange("::1")),
        ])
    }

    @Test(
        "the address is read from the right, past trusted proxies only",
        arguments: [
            ("10.1.1.1", ["203.0.113.7"], "203.0.113.7"),
            ("10.1.1.1", ["1.1.1.1, 203.0.113.7, 10.2.2.2"], "203.0.113.7"),
            ("10.1.1.1", ["1.1.1.1", "203.0.113.7:4711"], "203.0.113.7"),
            ("::1", ["[2001:db8::1]:80"], "2001:db8::1"),
            ("::ffff:10.1.1.1", ["203.0.113.7"], "203.0.113.7"),
            ("203.0.113.9", ["1.1.1.1"], "203.0.113.9"),
            ("10.1.1.1", [], "10.1.1.1"),
            ("10.1.1.1", ["nonsense"], "10.1.1.1"),
            ("10.1.1.1", ["10.3.3.3"], "10.3.3.3"),
        ])
    func clientAddress(peer: String, forwarded: [String], expected: String) {
        let headers = HTTPHeaders(forwarded.map { .init("X-Forwarded-For", $0) })
        #expect(proxies.clientAddress(peer: peer, headers: headers) == expected)
    }

    @Test("nobody is believed unless configured")
    func none() {
        let headers: HTTPHeaders = ["X-Forwarded-For": "1.1.1.1"]
        #expect(TrustedProxies.none.clientAddress(peer: "10.1.1.1", headers: headers) == "10.1.1.1")
    }

    @Test("ranges end at their bits")
    func ranges() throws {
        let range = try #require(IPAddressRange("192.168.128.0/17"))
        #expect(range.contains(try #require(IPAddress("192.168.255.1"))))
        #expect(!range.contains(try #require(IPAddress("192.168.127.255"))))
        for wrong in ["10.0.0.0/33", "10.0.0/8", "x", "10.0.0.0/", "::/129"] {
            #expect(IPAddressRange(wrong) == nil)
        }
    }
}

@Suite struct CookieTests {
    @Test("a cookie is found among others, quotes and blanks around it do not count")
    func reading() {
        let headers: HTTPHeaders = ["Cookie": "a=1; __Host-s=\"x=y\" ;b=2"]
        #expect(Cookies.value(of: "__Host-s", in: headers) == "x=y")
        #expect(Cookies.value(of: "b", in: headers) == "2")
        #expect(Cookies.value(of: "c", in: headers) == nil)
    }

    @Test("a session cookie is bound to the host and hidden from scripts")
    func writing() {
        let cookie = SetCookie(
            host: "session", value: "abc", maximumAge: .seconds(600), sameSite: .strict,
            readableByScripts: false)
        #expect(
            cookie.headerValue == "__Host-session=abc; Path=/; Max-Age=600; Secure; SameSite=Strict; HttpOnly"
        )
    }
}

@Suite struct CSRFGuardTests {
    private func respond(_ method: String, _ headers: HTTPHeaders) async -> (Int, String) {
        var router = Router()
        let csrf = CSRFGuard(sessionCookie: "__Host-session", tokenCookie: "__Host-csrf") {
            $0 == "https://app.example"
        }
        router.group(middleware: [csrf]) { router in
            router.get("/a") { _ in .empty(200) }
            router.post("/a") { _ in .empty(200) }
        }
        let pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(), proxies: .none, log: .silent, metrics: Metrics())
        let response = await pipeline.respond(method, "/a", headers: headers)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    private static let cookies = "__Host-session=s; __Host-csrf=token"

    @Test("a request of our own page passes")
    func ownPage() async {
        let headers: HTTPHeaders = [
            "Cookie": Self.cookies, "Origin": "https://app.example", "X-CSRF-Token": "token",
        ]
        #expect(await respond("POST", headers).0 == 200)
        let referer: HTTPHeaders = [
            "Cookie": Self.cookies, "Referer": "https://app.example/page?x", "X-CSRF-Token": "token",
        ]
        #expect(await respond("POST", referer).0 == 200)
    }

    @Test("what only reads, has no session cookie, or authenticates by header is not looked at")
    func notConcerned() async {
        #expect(await respond("GET", ["Cookie": Self.cookies]).0 == 200)
        #expect(await respond("POST", [:]).0 == 200)
        #expect(await respond("POST", ["Cookie": Self.cookies, "Authorization": "Bearer x"]).0 == 200)
    }

    @Test(
        "another origin, no origin, a wrong token and a missing token are refused",
        arguments: [
            ["Origin": "https://evil.example", "X-CSRF-Token": "token"],
            ["X-CSRF-Token": "token"],
            ["Origin": "null", "X-CSRF-Token": "token"],
            ["Origin": "https://app.example", "X-CSRF-Token": "other"],
            ["Origin": "https://app.example"],
            ["Origin": "https://app.example", "X-CSRF-Token": "token", "Sec-Fetch-Site": "cross-site"],
            ["Referer": "https://app.example.evil/", "X-CSRF-Token": "token"],
        ])
    func refused(extra: [String: String]) async {
        var headers: HTTPHeaders = ["Cookie": Self.cookies]
        for (name, value) in extra { headers.add(name, value) }
        #expect(await respond("POST", headers).0 == 403)
    }
}

@Suite struct IdempotencyKeyTests {
    private func key(_ headers: HTTPHeaders) async -> String {
        var router = Router()
        router.post("/a") { .text(200, try IdempotencyKey($0)?.text ?? "none") }
        let pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(), proxies: .none, log: .silent, metrics: Metrics())
        let response = await pipeline.respond("POST", "/a", headers: headers)
        return response.status == 200
            ? String(decoding: response.body, as: UTF8.self) : String(response.status)
    }

    @Test("a key is taken with and without quotes, and refused when it is unusable")
    func keys() async {
        #expect(await key(["Idempotency-Key": "abc-1"]) == "abc-1")
        #expect(await key(["Idempotency-Key": "\"abc-1\""]) == "abc-1")
        #expect(await key([:]) == "none")
        #expect(await key(["Idempotency-Key": ""]) == "400")
        #expect(await key(["Idempotency-Key": "a b"]) == "400")
        #expect(await key(["Idempotency-Key": String(repeating: "x", count: 256)]) == "400")
        #expect(await key(["Idempotency-Key": "a", "idempotency-key": "b"]) == "400")
    }
}

@Suite struct RateLimitTests {
    @Test("the header fields say what is left and when to come back")
    func headers() {
        let limit = RateLimit(
            policy: "payments", limit: 10, windowSeconds: 3_600, remaining: -1, resetSeconds: 90)
        #expect(limit.headers["RateLimit-Policy"] == "\"payments\";q=10;w=3600")
        #expect(limit.headers["RateLimit"] == "\"payments\";r=0;t=90")
        #expect(limit.exceeded.status == 429)
        #expect(limit.exceeded.headers["Retry-After"] == "90")
    }
}
