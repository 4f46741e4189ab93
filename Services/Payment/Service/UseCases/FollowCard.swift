import HTTPServer
import Postgres

/// Follows what happens to saved cards at the gateway: the network replaces a number, the payer's bank detaches one, or
/// a browser finishes a setup and is closed before it can say so.
struct FollowCard: Sendable {
    let pool: PostgresPool
    let cards: SaveCard
    let changes: CardChanges

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
        do {
            _ = try await cards.save(.setup(notice.subject), for: account)
        } catch is Problem {
            // It cannot be kept, and saying so again would not help: the browser was told.
        }
    }

    /// Takes over what a saved card has become.
    func update(_ notice: GatewayNotice, in tx: borrowing Transaction) throws {
        let stored = try PaymentMethodStore.find(
            reference: notice.subject, gatewayAccount: SaveCard.platformAccount, in: tx)
        guard let stored else { return }
        if notice.type == .cardDetached {
            _ = try changes.remove(stored.id, of: stored.accountID, in: tx)
        } else if let card = notice.card {
            try changes.update(card, of: stored.accountID, in: tx)
        }
    }
}
