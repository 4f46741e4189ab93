import Foundation
public import Lifecycle
import Observability
import Synchronization

/// Keeps what a gateway knows in a file from one run to the next, so that a card saved yesterday can be charged today.
public final class GatewayMemory: Service {
    private struct Snapshot: Codable {
        let customers: BoundedTable<Customer>
        let methods: BoundedTable<PaymentMethod>
        let setupIntents: BoundedTable<SetupIntent>
        let intents: BoundedTable<PaymentIntent>
        let refunds: BoundedTable<Refund>
        let ledger: Ledger
        let declines: [String: Decline]
        let idempotency: IdempotencyStore
    }

    /// The name in logs.
    public let label = "memory"
    private let gateway: Gateway
    private let path: String?
    private let limit: Int
    private let log: Log

    /// A demo has a handful of payments; what a load test leaves behind is not worth a file.
    private static let maximumIntents = 5_000

    init(gateway: Gateway, path: String?, limit: Int, log: Log) {
        self.gateway = gateway
        self.path = path
        self.limit = limit
        self.log = log
    }

    /// Reads the file of the last run, when there is one.
    public func start() async throws {
        guard let path, FileManager.default.fileExists(atPath: path) else { return }
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let snapshot = try JSONDecoder().decode(Snapshot.self, from: data)
        gateway.inside.withLock { inside in
            inside.state.customers = BoundedTable(snapshot.customers, limit: limit)
            inside.state.methods = BoundedTable(snapshot.methods, limit: limit)
            inside.state.setupIntents = BoundedTable(snapshot.setupIntents, limit: limit)
            inside.state.refunds = BoundedTable(snapshot.refunds, limit: limit)
            inside.state.ledger = snapshot.ledger
            inside.state.declines = snapshot.declines
            inside.idempotency.restore(snapshot.idempotency, limit: limit)
            inside.state.restore(snapshot.intents)
        }
        log.info("remembered", ["payment_intents": .int(snapshot.intents.count)])
    }

    /// Writes the file for the next run.
    public func stop() async {
        guard let path else { return }
        let snapshot = gateway.inside.withLock { inside -> Snapshot? in
            guard inside.state.intents.count <= Self.maximumIntents else { return nil }
            return Snapshot(
                customers: inside.state.customers, methods: inside.state.methods,
                setupIntents: inside.state.setupIntents, intents: inside.state.intents,
                refunds: inside.state.refunds, ledger: inside.state.ledger, declines: inside.state.declines,
                idempotency: inside.idempotency)
        }
        guard let snapshot else {
            log.warning("too much to remember", ["limit": .int(Self.maximumIntents)])
            return
        }
        do {
            try JSONEncoder().encode(snapshot).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            log.error("could not remember", ["error": .string("\(error)")])
        }
    }
}
