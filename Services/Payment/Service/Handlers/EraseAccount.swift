import EventContracts
import Messaging
import Postgres

/// Forgets a person: from where they consented, and what they said about charges.
///
/// Ids and amounts stay, because the books need them.
struct EraseAccount: EventHandler {
    let deduplication = Deduplication.naturalKey("blanking twice changes nothing")

    func handle(_ batch: [Received<AccountErased>], in tx: borrowing Transaction) throws {
        let accounts = batch.map(\.payload.accountID)
        try tx.send("UPDATE mandates SET consented_from = '' WHERE account_id = ANY ($1)", [accounts])
        try tx.send("UPDATE standing_orders SET consented_from = '' WHERE account_id = ANY ($1)", [accounts])
        try tx.send(
            "UPDATE plans SET note = NULL WHERE account_id = ANY ($1) AND note IS NOT NULL", [accounts])
    }
}
