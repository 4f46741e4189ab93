import Lifecycle
import Observability
import PaymentDomain
import Postgres
import Primitives

/// Takes removed cards from the gateway as well, once no charge with them is under way: a look-up may have to repeat it.
///
/// Any number of replicas may do it: doing it twice does it once.
struct RemovedCards: Sendable {
    let pool: PostgresPool
    let gateway: any CardGateway
    let settings: PaymentSettings
    let clock: any WallClock
    let log: Log

    private static let batch = 32

    private struct Taken: Sendable {
        let id: PaymentMethodID
        let reference: String
    }

    /// The loop that takes them.
    func loop() -> BackgroundLoop {
        BackgroundLoop(label: "removed-cards", pause: settings.sweepPause, log: log) {
            let taken = try await take()
            await withTaskGroup { group in
                for card in taken { group.addTask { await detach(card) } }
            }
            return taken.count == Self.batch ? .more : .idle
        }
    }

    /// Takes some, and puts their next turn off by a lease, so that no other replica works on them meanwhile.
    private func take() async throws -> [Taken] {
        try await pool.transaction { [clock, settings] tx in
            let now = clock.now()
            return try tx.query(
                """
                UPDATE payment_methods SET detach_at = $2
                 WHERE payment_method_id = ANY (ARRAY (
                    SELECT payment_method_id FROM payment_methods w
                     WHERE detach_at <= $1 AND is_removed
                       AND NOT EXISTS (SELECT FROM attempts a
                                        WHERE a.state IN ('in_flight', 'unknown', 'requires_action')
                                          AND a.gateway_method = w.reference)
                     ORDER BY detach_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED))
                RETURNING payment_method_id, reference
                """, [now, now + settings.lease, Self.batch]
            ).map { Taken(id: try $0[0], reference: try $0[1]) }
        }
    }

    private func detach(_ card: Taken) async {
        do {
            do {
                try await gateway.detach(method: card.reference)
            } catch .refused(let code) {
                // It is nobody's any more: the gateway has nothing to take.
                log.info("a removed card was gone", ["card": LogValue(card.id), "code": .string(code)])
            }
            try await pool.transaction { tx in
                try tx.send(
                    "UPDATE payment_methods SET detach_at = NULL WHERE payment_method_id = $1 AND is_removed",
                    [card.id])
            }
        } catch {
            // Its turn comes again when the lease that was put on it ends.
            log.warning(
                "a removed card could not be taken from the gateway",
                ["card": LogValue(card.id), "error": LogValue(error: error)])
        }
    }
}
