import Observability
import Synchronization

/// What the exchanges of one server share.
final class ServerCore: Sendable {
    let configuration: HTTPServerConfiguration
    let pipeline: RequestPipeline
    let log: Log
    let connections = Connections()
    let active: ActiveRequests
    private let bufferedBytes = Atomic<Int>(0)
    private let draining = Atomic<Bool>(false)
    private let refusals: CounterFamily

    init(_ configuration: HTTPServerConfiguration, pipeline: RequestPipeline, log: Log, metrics: Metrics) {
        self.configuration = configuration
        self.pipeline = pipeline
        self.log = log
        active = ActiveRequests(limit: configuration.requestLimit)
        refusals = metrics.counter(
            "http_refused_requests_total", "Requests refused before a handler saw them.", labels: ["code"])
        metrics.observe("http_connections", "Open connections.", kind: .gauge) { [connections] in
            Double(connections.count)
        }
        metrics.observe("http_requests_in_flight", "Requests being answered.", kind: .gauge) { [active] in
            Double(active.count)
        }
    }

    var isDraining: Bool {
        draining.load(ordering: .relaxed)
    }

    func beginDraining() {
        draining.store(true, ordering: .relaxed)
    }

    /// Takes memory for a piece of a body; false when all bodies together hold too much.
    func buffer(_ count: Int) -> Bool {
        let held = bufferedBytes.wrappingAdd(count, ordering: .relaxed).newValue
        guard held > configuration.bufferedBodiesLimit else { return true }
        release(count)
        return false
    }

    func release(_ count: Int) {
        bufferedBytes.wrappingSubtract(count, ordering: .relaxed)
    }

    func countRefusal(_ problem: Problem) {
        refusals.with(problem.code).add()
    }

    /// Cuts off what is past its deadline.
    func reap() {
        let now = MonotonicTime.now()
        for exchange in connections.cutOff(where: { $0.isOverdue(at: now) }) { exchange.expire() }
    }

    /// Cuts off everything.
    func abandonAll() {
        for exchange in connections.cutOff(where: { _ in true }) { exchange.expire() }
    }
}
