import EventContracts
import Messaging
import Postgres

/// Forgets a person: from where they consented.
///
/// Ids and amounts stay, because the books need them.
struct EraseAccount: EventHandler {
    let deduplication = Deduplication.naturalKey("blanking twice changes nothing")

    func handle(_ batch: [Received<AccountErased>], in tx: borrowing Transaction) throws {
        try tx.send(
            "UPDATE mandates SET consented_from = '' WHERE account_id = ANY ($1)",
            [batch.map(\.payload.accountID)])
    }
}
