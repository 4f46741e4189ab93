public import Observability
import Synchronization

/// Starts services in order, waits for the end of the process, and stops them in reverse.
///
/// The order is the order of dependency: what a service needs stands before it. A service that does not stop within
/// the deadline is left behind, so that one stuck service cannot keep the others from draining.
public struct ServiceGroup: Sendable {
    private let services: [any Service]
    private let log: Log
    private let stopDeadline: Duration
    private let shutdown: ShutdownRequest

    /// Creates a group.
    ///
    /// - Parameters:
    ///   - services: The services in the order in which they start.
    ///   - log: Receives one line per start and stop.
    ///   - stopDeadline: How long each service may take to stop.
    ///   - shutdown: Ends the group from inside the process, besides SIGTERM and SIGINT.
    public init(
        _ services: [any Service], log: Log, stopDeadline: Duration,
        shutdown: ShutdownRequest = ShutdownRequest()
    ) {
        self.services = services
        self.log = log
        self.stopDeadline = stopDeadline
        self.shutdown = shutdown
    }

    /// Runs until SIGTERM, SIGINT, a shutdown request or cancellation; throws the error of a start that failed.
    public func run() async throws {
        let signals = SignalWatch { [shutdown] name in shutdown.request(reason: name) }
        defer { signals.end() }
        let started = StartedServices()
        let starting = Task { try await start(into: started) }
        let startOutcome = await withTaskCancellationHandler {
            shutdown.onRequest { starting.cancel() }
            return await starting.result
        } onCancel: {
            shutdown.request(reason: "cancelled")
        }
        if case .success = startOutcome {
            log.info("started", ["services": .int(services.count)])
            await withTaskCancellationHandler {
                await shutdown.wait()
            } onCancel: {
                shutdown.request(reason: "cancelled")
            }
        }
        log.info("stopping", ["reason": .string(shutdown.reason ?? "a service did not start")])
        await stop(started.all)
        log.info("stopped")
        if shutdown.reason == nil { try startOutcome.get() }
    }

    private func start(into started: StartedServices) async throws {
        for service in services {
            try Task.checkCancellation()
            let begin = ContinuousClock.now
            do {
                // A service counts as started before it is, so that a start which fails half-way is stopped as well.
                started.append(service)
                try await service.start()
            } catch {
                if shutdown.reason == nil {
                    log.error(
                        "service did not start",
                        ["label": .string(service.label), "error": LogValue(error: error)])
                }
                throw error
            }
            log.info(
                "service started",
                ["label": .string(service.label), "took_ms": .milliseconds(ContinuousClock.now - begin)])
        }
    }

    private func stop(_ started: [any Service]) async {
        for service in started.reversed() {
            let begin = ContinuousClock.now
            do {
                try await withDeadline(stopDeadline) { await service.stop() }
                log.info(
                    "service stopped",
                    ["label": .string(service.label), "took_ms": .milliseconds(ContinuousClock.now - begin)])
            } catch {
                log.error(
                    "service did not stop in time",
                    ["label": .string(service.label), "deadline_ms": .milliseconds(stopDeadline)])
            }
        }
    }
}

/// The services whose start was begun, in order.
private final class StartedServices: Sendable {
    private let list = Mutex<[any Service]>([])

    func append(_ service: any Service) {
        list.withLock { $0.append(service) }
    }

    var all: [any Service] {
        list.withLock { $0 }
    }
}
