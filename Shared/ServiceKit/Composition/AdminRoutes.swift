import HTTPServer
import Lifecycle
import Observability
import Postgres
import Primitives
import Synchronization

/// What operators and platforms ask a service, on its own port; the edge does not route it.
struct AdminRoutes {
    let context: ServiceContext
    let readiness: Readiness
    let invariants: [Invariant]

    func add(to router: inout Router) {
        let (context, readiness, invariants) = (context, readiness, invariants)
        // The time tells skewed clocks apart from slow messages.
        router.get("/live") { _ in
            .json(200, Array(#"{"status":"live","time":"\#(context.clock.now().rfc3339)"}"#.utf8))
        }
        router.get("/ready") { _ in
            guard readiness.isReady else { return .json(503, Array(#"{"status":"starting"}"#.utf8)) }
            _ = try await context.pool.transaction { tx in try tx.query("SELECT 1").count }
            return .json(200, Array(#"{"status":"ready"}"#.utf8))
        }
        router.get("/version") { _ in
            .json(200, Array(#"{"service":"\#(context.name)","version":"\#(BuildVersion.text)"}"#.utf8))
        }
        router.get("/metrics") { _ in
            HTTPResponse(
                status: 200, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
                body: Array(context.metrics.prometheusText().utf8))
        }
        router.get("/v1/invariants") { _ in
            let violations = try await context.pool.transaction(.snapshot) { tx in
                try AdminRoutes.check(invariants, in: tx)
            }
            return .json(200, violations)
        }
    }

    private static let samples = 20

    /// The violated invariants with some of what violates them; an empty array means that all hold.
    private static func check(_ invariants: [Invariant], in tx: borrowing Transaction) throws -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for invariant in invariants {
            let found = try tx.query("SELECT x::text FROM (\(invariant.violations)) v (x) LIMIT \(samples)")
                .column(0, as: String.self)
            guard !found.isEmpty else { continue }
            writer.beginObject()
            writer.member("invariant", invariant.name)
            writer.member("says", invariant.sentence)
            writer.member("violations", strings: found)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}

/// Turns true when everything has started and false as soon as the service begins to stop.
final class Readiness: Service {
    let label = "readiness"
    private let ready = Atomic(false)

    var isReady: Bool { ready.load(ordering: .acquiring) }

    func start() async throws { ready.store(true, ordering: .releasing) }
    func stop() async { ready.store(false, ordering: .releasing) }
}

/// The version of this build.
enum BuildVersion {
    static let text = "0.1.0"
}
