import EventContracts
import Postgres
import Primitives

/// Handles events in one transaction: the inbox says which are new, the handlers handle those.
struct BatchTransaction: Sendable {
    let queue: String
    let registry: HandlerRegistry
    let pool: PostgresPool

    /// Handles the events and returns how many had been handled before.
    func run(_ events: [ReadEvent]) async throws -> Int {
        let (queue, registry) = (queue, registry)
        return try await pool.transaction { tx in
            var seen = try Self.known(events, queue: queue, in: tx)
            // The same event may be in a batch twice; only the first counts.
            let new = events.filter { seen.insert($0.envelope.id).inserted }
            try TestTraffic.count(handled: new, in: tx)
            for group in TestTraffic.divide(new) {
                try TestTime.at(group.now) { try registry.handle(group.events, in: tx) }
            }
            return events.count - new.count
        }
    }

    /// Notes the events in the inbox and returns those that were there already.
    private static func known(
        _ events: [ReadEvent], queue: String, in tx: borrowing Transaction
    ) throws -> Set<RawID> {
        // What is counted is counted once, whatever else makes a repetition harmless.
        let ids = Set(
            events.lazy.filter { $0.needsInbox || $0.envelope.isTestTime }.map(\.envelope.id))
        guard !ids.isEmpty else { return [] }
        // Sorted, so that two consumers of one queue wait for each other instead of locking each other out.
        let rows = try tx.query(insert, [queue, ids.sorted()])
        return ids.subtracting(try rows.column(0, as: RawID.self))
    }

    private static let insert = """
        INSERT INTO inbox (consumer, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id
        ON CONFLICT DO NOTHING RETURNING event_id
        """
}
