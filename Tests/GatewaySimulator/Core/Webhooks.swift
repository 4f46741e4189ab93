import HTTPClient
public import Lifecycle
public import Observability
public import Primitives
import Synchronization

/// Tells events to the endpoints that were registered, signed and again until they answer with success.
public final class Webhooks: Service {
    /// Where events are told.
    struct Endpoint: Sendable {
        let url: String
        let secret: String
    }

    private struct Inside: Sendable {
        var endpoints: [Endpoint] = []
        var running: [UInt64: Task<Void, Never>] = [:]
        var lastID: UInt64 = 0
        var delivered = 0
        var givenUp = 0
        var isStopped = false
    }

    /// The name in logs.
    public let label = "webhooks"
    private let inside = Mutex(Inside())
    private let client: HTTPClient
    private let clock: any WallClock
    private let retries: [Duration]
    private let log: Log

    /// The most deliveries under way or waiting for a retry; further events are only in the list of events.
    private static let maximumDeliveries = 50_000

    /// - Parameters:
    ///   - retries: the pauses between attempts; after the last one a delivery is given up.
    ///   - clock: dates the signatures.
    ///   - log: names deliveries that are given up.
    public init(retries: [Duration], clock: any WallClock, log: Log) {
        self.retries = retries
        self.clock = clock
        self.log = log
        client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 32, maximumWaiting: Webhooks.maximumDeliveries, certificateFile: nil,
                allowsPlainText: true, destinations: .any))
    }

    /// Nothing to start: endpoints are registered later.
    public func start() async throws {}

    /// Ends all deliveries.
    public func stop() async {
        let tasks = inside.withLock { inside in
            inside.isStopped = true
            return Array(inside.running.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        client.stop()
    }

    func add(url: String, secret: String) {
        inside.withLock { inside in
            inside.endpoints.removeAll { $0.url == url }
            inside.endpoints.append(Endpoint(url: url, secret: secret))
        }
    }

    func removeAll() { inside.withLock { $0.endpoints.removeAll() } }

    var counts: (endpoints: Int, pending: Int, delivered: Int, givenUp: Int) {
        inside.withLock { ($0.endpoints.count, $0.running.count, $0.delivered, $0.givenUp) }
    }

    /// Starts telling an event to every endpoint.
    func tell(_ event: GatewayEvent) {
        inside.withLock { inside in
            guard !inside.isStopped else { return }
            for endpoint in inside.endpoints {
                guard inside.running.count < Webhooks.maximumDeliveries else {
                    inside.givenUp += 1
                    continue
                }
                inside.lastID += 1
                let id = inside.lastID
                inside.running[id] = Task {
                    let isDelivered = await self.deliver(event.json, id: event.id, to: endpoint)
                    self.finish(id, isDelivered)
                }
            }
        }
    }

    private func finish(_ id: UInt64, _ isDelivered: Bool) {
        inside.withLock { inside in
            inside.running[id] = nil
            if isDelivered { inside.delivered += 1 } else { inside.givenUp += 1 }
        }
    }

    private func deliver(_ body: [UInt8], id: String, to endpoint: Endpoint) async -> Bool {
        for attempt in 0...retries.count {
            if attempt > 0 {
                do { try await Task.sleep(for: retries[attempt - 1]) } catch { return false }
            }
            let signature = WebhookSignature.header(
                body: body, secret: endpoint.secret, seconds: clock.now().seconds)
            let request = ClientRequest(
                method: "POST", url: endpoint.url,
                headers: [
                    ("Content-Type", "application/json; charset=utf-8"), ("Stripe-Signature", signature),
                ],
                body: body,
                limits: ClientRequest.Limits(connect: .seconds(2), total: .seconds(10), responseBytes: 65_536)
            )
            do throws(HTTPClientError) {
                let response = try await client.send(request)
                if (200..<300).contains(response.status) { return true }
            } catch {
                log.debug(
                    "webhook not delivered", ["event": .string(id), "reason": .string(error.description)])
            }
            if Task.isCancelled { return false }
        }
        log.warning("webhook given up", ["event": .string(id)])
        return false
    }
}
