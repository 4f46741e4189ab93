import Crypto
import HTTPServer
import Observability
import Primitives
import TestKit
import Testing

@testable import ServiceKit

@Suite(.timeLimit(.minutes(10))) struct SessionCookieTests {
    /// A service like any other, with what stands around its routes.
    private func pipeline(_ authenticator: Authenticator) -> RequestPipeline {
        var router = Router()
        let csrf = SessionCookies(publicURL: "https://duely.test").csrfGuard
        router.group(middleware: [csrf, MachinePlans(authenticator: authenticator)]) { router in
            for method in [HTTPMethod.get, .post] {
                router.add(method, "/who") { request in
                    .text(200, "\(try await authenticator.authenticate(request).accountID)")
                }
            }
        }
        return RequestPipeline(
            router: router, problems: ProblemMapping([]), proxies: TrustedProxies([]), log: .silent,
            metrics: Metrics())
    }

    private func cookie(_ value: String, _ more: HTTPHeaders = [:]) -> HTTPHeaders {
        var headers = more
        headers.add("Cookie", "\(SessionCookies.access)=\(value); \(SessionCookies.csrf)=c")
        return headers
    }

    @Test("a service that never asks identity knows a browser by its cookie, and the header goes before it")
    func offline() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            world.source.publish(nil)
            let service = pipeline(authenticator)
            let (one, two) = (world.principal(), world.principal())
            let answer = await service.respond("GET", "/who", headers: cookie(world.token(one)))
            #expect(answer.status == 200 && answer.body == Array("\(one.accountID)".utf8))
            let bearer: HTTPHeaders = ["Authorization": "Bearer \(world.token(two))"]
            let both = await service.respond("POST", "/who", headers: cookie(world.token(one), bearer))
            #expect(both.status == 200 && both.body == Array("\(two.accountID)".utf8))
            let basic: HTTPHeaders = ["Authorization": "Basic eDp5"]
            #expect(
                await service.respond("GET", "/who", headers: cookie(world.token(one), basic)).status == 401)
            await authenticator.stop()
        }
    }

    @Test("a change by cookie needs the token and a page of ours in every service")
    func guarded() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let service = pipeline(authenticator)
            let token = world.token(world.principal())
            let own: HTTPHeaders = ["Origin": "https://duely.test", "X-CSRF-Token": "c"]
            #expect(await service.respond("POST", "/who", headers: cookie(token, own)).status == 200)
            #expect(await service.respond("POST", "/who", headers: cookie(token)).status == 403)
            // What the guard lets through still needs a token that counts.
            #expect(await service.respond("POST", "/who", headers: cookie("x.y.z", own)).status == 401)
            await authenticator.stop()
        }
    }

    @Test("a machine gets in with a header only: its plan counts nothing else")
    func machines() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let service = pipeline(authenticator)
            let token = world.token(world.principal(role: .machine))
            #expect(await service.respond("GET", "/who", headers: cookie(token)).status == 401)
            let bearer: HTTPHeaders = ["Authorization": "Bearer \(token)"]
            #expect(await service.respond("GET", "/who", headers: bearer).status == 200)
            await authenticator.stop()
        }
    }

    @Test(
        "the origin of the public address is written as browsers write it",
        arguments: [
            ("https://duely.test", "https://duely.test"), ("https://Duely.Test:443", "https://duely.test"),
            ("https://duely.test:8443/app", "https://duely.test:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://localhost:80", "http://localhost"),
        ])
    func origin(url: String, origin: String) async {
        let csrf = SessionCookies(publicURL: url).csrfGuard
        var router = Router()
        router.post("/a") { request in
            try csrf.requireOwnPage(request)
            return .empty()
        }
        let service = RequestPipeline(
            router: router, problems: ProblemMapping([]), proxies: .none, log: .silent, metrics: Metrics())
        #expect(await service.respond("POST", "/a", headers: ["Origin": origin]).status == 204)
        #expect(await service.respond("POST", "/a", headers: ["Origin": origin + "1"]).status == 403)
    }
}
