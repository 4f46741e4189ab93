import EventContracts
import Messaging
import Postgres

/// Forgets a person: what they allowed and ordered ends, their cards go, and so do the places from where they consented
/// and what they said about charges.
///
/// What was sent goes on. Ids and amounts stay, because the books need them.
struct EraseAccount: EventHandler {
    let mandates: SetMandate
    let orders: OrderChanges
    let cards: CardChanges
    let deduplication = Deduplication.naturalKey("what has ended does not end again")

    func handle(_ batch: [Received<AccountErased>], in tx: borrowing Transaction) throws {
        let accounts = Set(batch.map(\.payload.accountID)).sorted()
        for account in accounts {
            try mandates.revokeAll(of: account, in: tx)
            try orders.cancelAll(of: account, in: tx)
            for card in try PaymentMethodStore.list(of: account, in: tx) {
                _ = try cards.remove(card.id, of: account, in: tx)
            }
        }
        try tx.send("UPDATE mandates SET consented_from = '' WHERE account_id = ANY ($1)", [accounts])
        try tx.send("UPDATE standing_orders SET consented_from = '' WHERE account_id = ANY ($1)", [accounts])
        try tx.send(
            "UPDATE plans SET note = NULL WHERE account_id = ANY ($1) AND note IS NOT NULL", [accounts])
    }
}
