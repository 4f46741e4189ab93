import EventContracts
import Postgres
import Primitives
import ServiceKit

/// Publishes organizations as they are: facts for everybody, then particulars for those who keep them.
struct OrganizationSnapshots: SnapshotSource {
    let clock: any WallClock

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        let particulars = Particulars(cause: cause)
        let page = try OrganizationStore.page(after: cursor, limit: limit, in: tx)
        var events: [OutgoingEvent] = []
        for (organization, sequence) in page {
            let id = organization.facts.organizationID
            events.append(
                try OutgoingEvent(
                    OrganizationSnapshotTaken(organization: organization.facts), subject: id, tenant: id,
                    sequence: sequence, cause: cause))
            events.append(try particulars.of(organization))
        }
        return (events, page.count < limit ? nil : page.last?.organization.facts.organizationID.raw)
    }
}
