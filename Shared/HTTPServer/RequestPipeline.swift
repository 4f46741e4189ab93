public import Observability
import Primitives

/// What happens to every request: target decoded, route found, context made, errors mapped, answer logged and counted.
///
/// The server runs it for what comes over sockets; tests call `respond` and need no socket.
public final class RequestPipeline: Sendable {
    private let router: Router
    private let problems: ProblemMapping
    private let proxies: TrustedProxies
    private let log: Log
    private let requests: CounterFamily
    private let durations: HistogramFamily

    /// Creates a pipeline.
    ///
    /// - Parameters:
    ///   - router: The routes.
    ///   - problems: How errors become problems.
    ///   - proxies: Whose X-Forwarded-For is believed.
    ///   - log: Receives one line per request.
    ///   - metrics: Receives counts and durations per route template.
    public init(
        router: Router, problems: ProblemMapping, proxies: TrustedProxies, log: Log, metrics: Metrics
    ) {
        self.router = router
        self.problems = problems
        self.proxies = proxies
        self.log = log
        requests = metrics.counter(
            "http_requests_total", "Requests answered.", labels: ["method", "route", "status"])
        durations = metrics.histogram(
            "http_request_duration_seconds", "Time from the complete request to the answer.",
            labels: ["method", "route"])
    }

    /// Answers a request given by its parts; never throws, because every error has a problem.
    public func respond(
        _ method: String, _ target: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [],
        peer: String = "127.0.0.1"
    ) async -> HTTPResponse {
        let prepared = prepare(method, Array(target.utf8), headers: headers, body: body, peer: peer)
        return finished(prepared, await handle(prepared))
    }

    /// A request with the handler that answers it.
    struct Prepared: Sendable {
        let request: HTTPRequest
        let handler: HTTPHandler
        let methodLabel: String
        let start: ContinuousClock.Instant
    }

    func prepare(
        _ methodName: String, _ target: [UInt8], headers: HTTPHeaders, body: [UInt8], peer: String
    ) -> Prepared {
        let start = ContinuousClock.now
        let method = HTTPMethod(rawValue: methodName)
        var route = "unmatched"
        var parameters = PathParameters()
        var parsed: RequestTarget?
        let handler: HTTPHandler
        do throws(Problem) {
            let target = try RequestTarget(target)
            parsed = target
            guard let method else { throw Self.unknownMethod(methodName) }
            switch router.resolve(method, target.segments) {
            case .handler(let found, let template, let values):
                (handler, route, parameters) = (found, template, values)
            case .options(let allowed, let template):
                route = template
                let names = allowed.map(\.rawValue).joined(separator: ", ")
                handler = { _ in HTTPResponse.empty().with("Allow", names) }
            case .methodNotAllowed(let allowed, let template):
                route = template
                throw .methodNotAllowed(allowed)
            case .notFound:
                throw .notFound
            }
        } catch {
            handler = { _ in throw error }
        }
        let request = HTTPRequest(
            method: method ?? .get, path: parsed?.path ?? "", query: parsed?.query ?? [], headers: headers,
            body: body, peer: peer, parameters: parameters,
            context: context(headers, peer: peer, route: route))
        return Prepared(
            request: request, handler: handler, methodLabel: method?.rawValue ?? "other", start: start)
    }

    /// Runs the handler and turns its error into a problem.
    func handle(_ prepared: Prepared) async -> HTTPResponse {
        do {
            return try await prepared.handler(prepared.request)
        } catch {
            let context = prepared.request.context
            return answer(problems.problem(for: error, log: context.log), context)
        }
    }

    /// The answer when the handler has not answered in time; what the handler answers later is dropped.
    func overdue(_ prepared: Prepared) -> HTTPResponse {
        let context = prepared.request.context
        context.log.warning("request deadline exceeded", ["route": .string(context.route)])
        return finished(prepared, answer(.unavailable("The request took too long."), context))
    }

    /// Adds the fields that every answer has, logs and counts it.
    func finished(_ prepared: Prepared, _ answer: HTTPResponse) -> HTTPResponse {
        let context = prepared.request.context
        var response = answer
        response.headers.set("X-Request-ID", context.requestID)
        response.headers.set("traceparent", context.trace.traceparent)
        response.headers.setIfAbsent("Cache-Control", "no-store")
        response.headers.setIfAbsent("X-Content-Type-Options", "nosniff")
        let took = ContinuousClock.now - prepared.start
        requests.with(prepared.methodLabel, context.route, String(response.status)).add()
        durations.with(prepared.methodLabel, context.route).observe(took)
        guard context.log.writes(.info) else { return response }
        // Never the path itself: it may hold a token.
        context.log.info(
            "request",
            [
                "method": .string(prepared.methodLabel), "route": .string(context.route),
                "status": .int(response.status), "took_ms": .milliseconds(took),
                "bytes": .int(response.body.count), "client": .string(context.clientAddress),
            ])
        return response
    }

    private func answer(_ problem: Problem, _ context: RequestContext) -> HTTPResponse {
        var response = HTTPResponse.problem(problem)
        response.body = problem.json(requestID: context.requestID)
        return response
    }

    private func context(_ headers: HTTPHeaders, peer: String, route: String) -> RequestContext {
        let requestID = headers["x-request-id"].flatMap(Self.usableRequestID) ?? RawID.v7().uuidString
        let trace =
            headers["traceparent"].flatMap(TraceContext.init(traceparent:))?.child() ?? TraceContext.root()
        return RequestContext(
            requestID: requestID, trace: trace,
            log: log.with(["request_id": .string(requestID), "trace_id": .string(trace.traceIDText)]),
            route: route,
            clientAddress: proxies.clientAddress(peer: peer, headers: headers))
    }

    /// A client's request id is kept when it is short and harmless.
    private static func usableRequestID(_ text: String) -> String? {
        let isHarmless = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isHarmless && (1...128).contains(text.utf8.count) ? text : nil
    }

    private static func unknownMethod(_ name: String) -> Problem {
        // TRACE and CONNECT are methods of HTTP that no path here has; other words are not known at all.
        if name == "TRACE" || name == "CONNECT" {
            return .methodNotAllowed(HTTPMethod.allCases)
        }
        return Problem(status: 501, code: "unknown_method", title: "The method is not known")
    }
}
