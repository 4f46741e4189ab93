import EventContracts
import Lifecycle
import Messaging
import Observability
import PaymentDomain
import Postgres
import Primitives

/// Tells payers some days ahead that a card which is needed will not work much longer, each time once.
///
/// A card belongs to a person, not to a sender, so there is no timer of an organization for it: its row knows when it is
/// due, a row is told of and moved on in one transaction, and any number of replicas may look.
struct ExpiringCards: Sendable {
    let pool: PostgresPool
    let outbox: Outbox
    let settings: PaymentSettings
    let clock: any WallClock
    let log: Log

    private static let batch = 200
    /// Nobody is told in the middle of the night.
    private static let dayBegins = Duration.seconds(9 * 3_600)

    /// The loop that looks.
    func loop() -> BackgroundLoop {
        BackgroundLoop(label: "expiring-cards", pause: settings.cardExpiryPause, log: log) {
            try await round() == Self.batch ? .more : .idle
        }
    }

    /// Deals with some cards.
    ///
    /// - Returns: How many there were.
    func round() async throws -> Int {
        let now = clock.now()
        let today = Zone.utc.date(at: now - Self.dayBegins)
        return try await pool.transaction { [outbox] tx in
            let cards = try ExpiringCardStore.lockDue(on: today, limit: Self.batch, in: tx)
            let decided = cards.map { card in
                let decision = CardExpiry.decide(
                    expiresOn: card.expiresOn, nextNotice: card.nextNotice, today: today)
                return (
                    card: card, tells: card.isNeeded ? decision.tells : nil, next: decision.next
                )
            }
            let sequences = try ExpiringCardStore.proceed(
                decided.map { ($0.card.stored.id, $0.next, $0.tells != nil) }, in: tx)
            let cause = EventCause(traceparent: nil, clockTime: now)
            try outbox.write(
                decided.compactMap { card, tells, _ in
                    guard let tells, let sequence = sequences[card.stored.id] else { return nil }
                    return try card.stored.expiringEvent(
                        on: card.expiresOn, daysAhead: tells, sequence: sequence, cause: cause)
                }, in: tx)
            return cards.count
        }
    }
}
