import Lifecycle
import Observability
import Primitives
import Synchronization

@testable import HTTPServer

/// A gate that handlers wait at until a test opens it.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let feed: AsyncStream<Void>.Continuation

    init() {
        (stream, feed) = AsyncStream<Void>.makeStream()
    }

    func open() {
        feed.finish()
    }

    func wait() async {
        for await _ in stream {}
    }
}

/// A server on a free port with a few routes.
struct ServerFixture {
    let server: HTTPServer
    let metrics = Metrics()
    let recorder = LogRecorder()
    let gate = Gate()
    /// Counts the handlers that have begun to wait at the gate.
    let waiting = Counted()

    final class Counted: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .sequentiallyConsistent) }
        func add() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    }

    init(
        _ change: (inout HTTPServerConfiguration) -> Void = { _ in },
        routes: (inout Router) -> Void = { _ in }
    ) {
        var configuration = HTTPServerConfiguration.behindProxy(port: 0)
        change(&configuration)
        var router = Router()
        router.get("/ping") { _ in .json(200, Array(#"{"ok":true}"#.utf8)) }
        router.post("/echo") { request in
            HTTPResponse(
                status: 200, headers: ["Content-Type": "application/octet-stream"], body: request.body)
        }
        router.post("/json") { request in
            let fields = try request.fields()
            let name = fields.require("name", fields.string("name", maximumLength: 10))
            guard let name, fields.errors.isEmpty else { throw fields.invalid }
            return .text(200, name)
        }
        router.get("/things/{id}") { request in .text(200, request.parameters["id"]) }
        router.get("/split") { _ in .empty(200).with("X-Odd", "a\r\nX-Injected: 1") }
        router.get("/wait") { [gate, waiting] _ in
            waiting.add()
            await gate.wait()
            return .text(200, "waited")
        }
        routes(&router)
        let log = Log(service: "test", level: .info, sink: recorder)
        let pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(), proxies: .none, log: log, metrics: metrics)
        server = HTTPServer(configuration, pipeline: pipeline, log: log, metrics: metrics)
    }

    /// Whether no request is being answered.
    var isIdle: Bool { metrics.prometheusText().contains("http_requests_in_flight 0") }

    /// Runs the server around a test.
    func run(_ body: (Int) async throws -> Void) async throws {
        try await server.start()
        do {
            try await body(server.port ?? 0)
        } catch {
            gate.open()
            await server.stop()
            throw error
        }
        gate.open()
        await server.stop()
    }

    /// Looks at a condition again and again until it holds.
    static func eventually(within limit: Duration = .seconds(60), _ condition: () -> Bool) async -> Bool {
        let end = ContinuousClock.now + limit
        while !condition() {
            guard ContinuousClock.now < end else { return false }
            do {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            } catch {
                return false
            }
        }
        return true
    }
}
