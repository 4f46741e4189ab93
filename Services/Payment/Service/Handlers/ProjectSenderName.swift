import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps the names of senders, which a payer sees on the pay page.
struct ProjectSenderName: EventHandler {
    func handle(_ batch: [Received<PersonChanged>], in tx: borrowing Transaction) throws {
        for event in batch {
            guard event.payload.kind == .organization, let organization = event.payload.organizationID else {
                continue
            }
            let stored = try tx.execute(
                "UPDATE organizations SET name = $2 WHERE organization_id = $1",
                [organization, event.payload.name])
            guard stored == 1 else { throw HandlingFailure.transient("the organization is not known yet") }
        }
    }
}
