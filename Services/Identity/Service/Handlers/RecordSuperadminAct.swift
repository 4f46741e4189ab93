import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps in an organization's audit trail what a superadmin did for it at another service.
struct RecordSuperadminAct: EventHandler {
    let deduplication = Deduplication.naturalKey("an act is one row under the id of its event")

    func handle(_ batch: [Received<SuperadminActed>], in tx: borrowing Transaction) throws {
        try Audit.record(
            batch.map { event in
                Audit.Act(
                    id: AuditEventID(event.envelope.id), accountID: event.payload.accountID,
                    organizationID: event.payload.organizationID,
                    service: String(event.envelope.source.drop { $0 == "/" }),
                    action: event.payload.action, resourceID: event.payload.resourceID,
                    requestID: event.payload.requestID, clientAddress: event.payload.clientAddress,
                    userAgent: nil, at: event.payload.at)
            }, in: tx)
    }
}
