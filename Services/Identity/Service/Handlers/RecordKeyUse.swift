import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps when a key was used last, wherever that was.
struct RecordKeyUse: EventHandler {
    let deduplication = Deduplication.naturalKey("the latest use of a key counts, however often it is said")

    func handle(_ batch: [Received<APIKeyUsed>], in tx: borrowing Transaction) throws {
        try MachineStore.markUsed(batch.map { ($0.payload.apiKeyID, $0.payload.lastUsedAt) }, in: tx)
    }
}
