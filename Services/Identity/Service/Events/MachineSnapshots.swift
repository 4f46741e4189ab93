import EventContracts
import Postgres
import Primitives
import ServiceKit

/// Publishes the keys of machines as they are, revoked ones too: a lost projection must not let them in again.
struct MachineSnapshots: SnapshotSource {
    let clock: any WallClock

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        let machines = try MachineStore.page(after: cursor, limit: limit, in: tx)
        let events = try machines.map { machine in
            try OutgoingEvent(
                APIKeySnapshotTaken(key: machine.changed), subject: machine.id,
                tenant: machine.organizationID, sequence: machine.sequence, cause: cause)
        }
        return (events, machines.count < limit ? nil : machines.last?.id.raw)
    }
}
