import Observability
import Primitives
import Testing

@testable import HTTPServer

private struct Declined: Error {}

private struct Invoice: Identified {
    static let idPrefix = "inv"
}

/// Notes in the answer that it was here.
private struct Stamp: Middleware {
    let name: String

    func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        var response = try await next(request)
        response.headers.add("X-Stamp", name)
        return response
    }
}

private struct WhoKey: RequestKey {
    typealias Value = String
}

@Suite struct RequestPipelineTests {
    private let recorder = LogRecorder()
    private let metrics = Metrics()

    private func pipeline(
        proxies: TrustedProxies = .none, rules: [ProblemMapping.Rule] = [], _ routes: (inout Router) -> Void
    ) -> RequestPipeline {
        var router = Router()
        routes(&router)
        return RequestPipeline(
            router: router, problems: ProblemMapping(rules), proxies: proxies,
            log: Log(service: "test", level: .info, sink: recorder), metrics: metrics)
    }

    @Test("a literal segment goes before a parameter, and parameters are decoded")
    func routing() async {
        let pipeline = pipeline { router in
            router.get("/v1/invoices/{id}") { .text(200, "one \($0.parameters["id"])") }
            router.get("/v1/invoices/stats") { _ in .text(200, "stats") }
            router.get("/v1/invoices/{id}/payment") { .text(200, "payment of \($0.parameters["id"])") }
        }
        #expect(await pipeline.respond("GET", "/v1/invoices/stats").body == Array("stats".utf8))
        #expect(await pipeline.respond("GET", "/v1/invoices/a%20b/").body == Array("one a b".utf8))
        #expect(
            await pipeline.respond("GET", "/v1/invoices/stats/payment").body == Array("payment of stats".utf8)
        )
        #expect(await pipeline.respond("GET", "/v1/other").status == 404)
        #expect(await pipeline.respond("GET", "/").status == 404)
    }

    @Test("another method is answered with those the path has")
    func methods() async {
        let pipeline = pipeline { router in
            router.get("/a") { _ in .empty(200) }
            router.post("/a") { _ in .empty(201) }
        }
        let refused = await pipeline.respond("DELETE", "/a")
        #expect(refused.status == 405)
        #expect(refused.headers["allow"] == "GET, HEAD, OPTIONS, POST")
        let options = await pipeline.respond("OPTIONS", "/a")
        #expect(options.status == 204)
        #expect(options.headers["allow"] == "GET, HEAD, OPTIONS, POST")
        #expect(await pipeline.respond("HEAD", "/a").status == 200)
    }

    @Test("query parameters are decoded and keep their order")
    func query() async {
        let pipeline = pipeline { router in
            router.get("/a") { request in
                .text(
                    200,
                    "\(request.queryValue("q") ?? "-")|\(request.queryValues("s").joined(separator: ","))")
            }
        }
        let response = await pipeline.respond("GET", "/a?q=a+b%26c&s=1&s=2&flag")
        #expect(String(decoding: response.body, as: UTF8.self) == "a b&c|1,2")
    }

    @Test("middleware runs around its group, the first one outermost")
    func middleware() async {
        let pipeline = pipeline { router in
            router.group("/v1", middleware: [Stamp(name: "outer"), Stamp(name: "inner")]) { router in
                router.get("/a") { _ in .empty(200) }
            }
            router.get("/b") { _ in .empty(200) }
        }
        #expect(await pipeline.respond("GET", "/v1/a").headers.values("X-Stamp") == ["inner", "outer"])
        #expect(await pipeline.respond("GET", "/b").headers.values("X-Stamp") == [])
    }

    @Test("a value that middleware attached reaches the handler")
    func attachedValues() async {
        struct Identify: Middleware {
            func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
                var request = request
                request.context[WhoKey.self] = "ada"
                return try await next(request)
            }
        }
        let pipeline = pipeline { router in
            router.group(middleware: [Identify()]) { router in
                router.get("/a") { .text(200, $0.context[WhoKey.self] ?? "nobody") }
            }
        }
        #expect(await pipeline.respond("GET", "/a").body == Array("ada".utf8))
    }

    @Test("problems carry code, fields and request id")
    func problems() async throws {
        let rule: ProblemMapping.Rule = {
            $0 is Declined ? .conflict("card_declined", "The card was declined") : nil
        }
        let pipeline = pipeline(rules: [rule]) { router in
            router.post("/declined") { _ in throw Declined() }
            router.post("/fields") { _ in
                throw InvalidFields(
                    field: "line_items[0].amount", code: "required", message: "This field is required.")
            }
        }
        let declined = await pipeline.respond("POST", "/declined", headers: ["X-Request-ID": "req-1"])
        #expect(declined.status == 409)
        #expect(declined.headers["content-type"] == "application/problem+json")
        #expect(
            String(decoding: declined.body, as: UTF8.self)
                == #"{"type":"urn:duely:problem:card_declined","title":"The card was declined","status":409,"#
                + #""code":"card_declined","request_id":"req-1"}"#)
        let fields = try JSONDocument(parsing: await pipeline.respond("POST", "/fields").body).root
        #expect(fields["status"]?.int64 == 422)
        #expect(fields["errors"]?.elements.first?["field"]?.string == "line_items[0].amount")
    }

    @Test("an error that nobody knows is logged and answered without its details")
    func unexpected() async {
        let pipeline = pipeline { $0.get("/a") { _ in throw Declined() } }
        let response = await pipeline.respond("GET", "/a")
        #expect(response.status == 500)
        #expect(!String(decoding: response.body, as: UTF8.self).contains("Declined"))
        #expect(recorder.lines.contains { $0.contains("request failed") && $0.contains("Declined") })
    }

    @Test("the trace of the caller continues, and the request id is kept when it is harmless")
    func tracing() async throws {
        let pipeline = pipeline { $0.get("/a") { .text(200, $0.context.trace.traceIDText) } }
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let response = await pipeline.respond(
            "GET", "/a", headers: ["traceparent": parent, "X-Request-ID": "r.1"])
        #expect(response.body == Array("4bf92f3577b34da6a3ce929d0e0e4736".utf8))
        #expect(response.headers["x-request-id"] == "r.1")
        let handed = try #require(TraceContext(traceparent: response.headers["traceparent"] ?? ""))
        #expect(handed.spanIDText != "00f067aa0ba902b7")
        let odd = await pipeline.respond(
            "GET", "/a", headers: ["X-Request-ID": "a b\"", "traceparent": "junk"])
        #expect(odd.headers["x-request-id"]?.utf8.count == 36)
    }

    @Test("one line and one count per request, with the template and never the path")
    func accessLog() async throws {
        let pipeline = pipeline { $0.get("/v1/invoices/pay/{token}") { _ in .empty(200) } }
        _ = await pipeline.respond("GET", "/v1/invoices/pay/SECRET")
        let line = try #require(recorder.lines.first)
        #expect(line.contains(#""route":"/v1/invoices/pay/{token}""#))
        #expect(line.contains(#""request_id":"#) && line.contains(#""trace_id":"#))
        #expect(!recorder.lines.joined().contains("SECRET"))
        #expect(
            metrics.prometheusText().contains(
                #"http_requests_total{method="GET",route="/v1/invoices/pay/{token}",status="200"} 1"#))
    }

    @Test("an id of another kind or shape is not found")
    func ids() async {
        let pipeline = pipeline { router in
            router.get("/v1/invoices/{id}") { .text(200, "\(try $0.id("id", of: Invoice.self))") }
        }
        let id = ID<Invoice>(RawID.v7())
        #expect(await pipeline.respond("GET", "/v1/invoices/\(id)").body == Array(id.description.utf8))
        #expect(await pipeline.respond("GET", "/v1/invoices/cus_1").status == 404)
    }
}
