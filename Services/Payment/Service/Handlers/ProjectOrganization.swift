import EventContracts
import Messaging
import Postgres
import Primitives

/// An event that carries an organization as it is then.
protocol OrganizationEvent: EventPayload {
    var organization: OrganizationFacts { get }
}

extension OrganizationCreated: OrganizationEvent {}
extension OrganizationUpdated: OrganizationEvent {}
extension OrganizationSnapshotTaken: OrganizationEvent {}

/// Keeps what the payment service needs of senders.
struct ProjectOrganization<Payload: OrganizationEvent>: EventHandler {
    let deduplication = Deduplication.naturalKey(
        "a state that is not newer than the stored sequence changes nothing")

    func handle(_ batch: [Received<Payload>], in tx: borrowing Transaction) throws {
        for event in batch {
            let organization = event.payload.organization
            try tx.send(
                """
                INSERT INTO organizations (organization_id, currency, zone, sequence) VALUES ($1, $2, $3, $4)
                ON CONFLICT (organization_id) DO UPDATE
                   SET currency = EXCLUDED.currency, zone = EXCLUDED.zone, sequence = EXCLUDED.sequence
                 WHERE organizations.sequence < EXCLUDED.sequence
                """,
                [
                    organization.organizationID, organization.currency.code, organization.zone.name,
                    event.envelope.sequence ?? 0,
                ])
        }
    }
}
