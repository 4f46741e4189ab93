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
