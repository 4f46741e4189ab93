import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Follows what happens to saved cards at the gateway: the network replaces a number, the payer's bank detaches one, or
/// a browser finishes a setup and is closed before it can say so.
struct FollowCard: Sendable {
    let pool: PostgresPool
    let cards: SaveCard
    let outbox: Outbox
    let clock: any WallClock

    /// Saves the card of a finished setup.
    ///
    /// - Throws: `GatewayFailure` when the gateway cannot be asked.
    func save(_ notice: GatewayNotice) async throws {
        guard let customer = notice.customer else { return }
        let account = try await pool.transaction { tx in
            try PaymentMethodStore.account(
                ofGatewayCustomer: customer, gatewayAccount: SaveCard.platformAccount, in: tx)
        }
        // A setup of a payer who is unknown here was begun by somebody else.
        guard let account else { return }
        _ = try await cards.save(.setup(notice.subject), for: account)
    }

    /// Takes over what a saved card has become.
    func update(_ notice: GatewayNotice, in tx: borrowing Transaction) throws {
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        let isRemoved = notice.type == .cardDetached
        let changed =
            if isRemoved {
                try PaymentMethodStore.detach(
                    notice.subject, gatewayAccount: SaveCard.platformAccount, in: tx)
            } else {
                try notice.card.flatMap {
                    try PaymentMethodStore.update($0, gatewayAccount: SaveCard.platformAccount, in: tx)
                }
            }
        guard let changed else { return }
        try outbox.write(
            changed.stored.changedEvent(isRemoved: isRemoved, sequence: changed.sequence, cause: cause),
            in: tx)
    }
}
