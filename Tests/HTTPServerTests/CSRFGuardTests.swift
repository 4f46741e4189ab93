import Observability
import Testing

@testable import HTTPServer

@Suite struct CSRFGuardTests {
    private static let csrf = CSRFGuard(
        sessionCookies: ["__Host-session", "__Host-again"], tokenCookie: "__Host-csrf"
    ) { $0 == "https://app.example" }

    private func respond(_ method: String, _ headers: HTTPHeaders, path: String = "/a") async -> (
        status: Int, body: String
    ) {
        var router = Router()
        router.group(middleware: [Self.csrf]) { router in
            router.get("/a") { _ in .empty(200) }
            for method in [HTTPMethod.post, .put, .patch, .delete] {
                router.add(method, "/a") { _ in .empty(200) }
            }
            router.post("/login") { request in
                try Self.csrf.requireOwnPage(request)
                return .empty(200)
            }
        }
        let pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(), proxies: .none, log: .silent, metrics: Metrics())
        let response = await pipeline.respond(method, path, headers: headers)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    private static let cookies = "__Host-session=s; __Host-csrf=token"

    @Test(
        "a request of our own page passes, with every method", arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func ownPage(method: String) async {
        let headers: HTTPHeaders = [
            "Cookie": Self.cookies, "Origin": "https://app.example", "X-CSRF-Token": "token",
            "Sec-Fetch-Site": "same-origin",
        ]
        #expect(await respond(method, headers).status == 200)
        let referer: HTTPHeaders = [
            "Cookie": Self.cookies, "Referer": "https://app.example/page?x", "X-CSRF-Token": "token",
        ]
        #expect(await respond(method, referer).status == 200)
    }

    @Test("what only reads is not looked at", arguments: ["GET", "HEAD", "OPTIONS"])
    func reading(method: String) async {
        let headers: HTTPHeaders = [
            "Cookie": Self.cookies, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site",
        ]
        #expect(await respond(method, headers).status < 300)
    }

    @Test("what has no cookie of a login, or authenticates by header, is not looked at")
    func notConcerned() async {
        #expect(await respond("POST", [:]).status == 200)
        #expect(await respond("POST", ["Cookie": "theme=dark; __Host-csrf=token"]).status == 200)
        #expect(await respond("POST", ["Cookie": Self.cookies, "Authorization": "Bearer x"]).status == 200)
    }

    @Test(
        "another origin or none is refused, whatever token came along",
        arguments: [
            ["Origin": "https://evil.example"], [:], ["Origin": "null"], ["Origin": "http://app.example"],
            ["Origin": "https://app.example:444"], ["Origin": "https://app.example.evil"],
            ["Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"],
            ["Origin": "https://app.example", "Sec-Fetch-Site": "same-site"],
            ["Referer": "https://app.example.evil/"], ["Origin": "null", "Referer": "https://app.example/"],
        ])
    func wrongOrigin(extra: [String: String]) async {
        var headers: HTTPHeaders = ["Cookie": Self.cookies, "X-CSRF-Token": "token"]
        for (name, value) in extra { headers.add(name, value) }
        let answer = await respond("POST", headers)
        #expect(answer.status == 403 && answer.body.contains("\"wrong_origin\""))
        #expect(await respond("POST", headers, path: "/login").status == 403)
    }

    @Test(
        "a missing or wrong token is refused, and one that is empty at both ends",
        arguments: [
            (cookies, nil), (cookies, ""), (cookies, "other"), (cookies, "toke"), (cookies, "tokenn"),
            ("__Host-session=s", "token"), ("__Host-session=s; __Host-csrf=", ""),
            ("__Host-again=s; __Host-csrf=token", "other"),
        ] as [(String, String?)])
    func wrongToken(cookies: String, token: String?) async {
        var headers: HTTPHeaders = ["Cookie": cookies, "Origin": "https://app.example"]
        if let token { headers.add("X-CSRF-Token", token) }
        let answer = await respond("POST", headers)
        #expect(answer.status == 403 && answer.body.contains("\"csrf_token_mismatch\""))
    }

    @Test("a route that sets cookies can ask for a page of ours before there is any cookie")
    func login() async {
        #expect(await respond("POST", [:], path: "/login").status == 403)
        #expect(await respond("POST", ["Origin": "https://evil.example"], path: "/login").status == 403)
        #expect(await respond("POST", ["Origin": "https://app.example"], path: "/login").status == 200)
    }
}
