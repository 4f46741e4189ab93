import EventContracts
import Lifecycle
import Messaging
import Postgres
import Primitives

/// A service says what it has sent, handled and still to do.
struct RecordTestClockReport: EventHandler {
    typealias Payload = TestClockReported

    let clock: any WallClock
    let wakeup: Wakeup

    var deduplication: Deduplication {
        .naturalKey("of the answers of a service the one to the last question counts")
    }

    func handle(_ batch: [Received<TestClockReported>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let complete = try TestClockStore.store(batch.map(\.payload), at: now, in: tx)
        if complete { tx.afterCommit { [wakeup] in wakeup.signal() } }
    }
}

/// An organization was made for tests.
struct NoteTestOrganization<Payload: OrganizationTold>: EventHandler {
    var deduplication: Deduplication { .naturalKey("an organization is for tests or not, for ever") }

    func handle(_ batch: [Received<Payload>], in tx: borrowing Transaction) throws {
        let tested = batch.map(\.payload.organization).filter { $0.isTest == true }.map(\.organizationID)
        if !tested.isEmpty { try TestClockStore.noteTestOrganizations(tested, in: tx) }
    }
}

/// An event that shows an organization.
protocol OrganizationTold: EventPayload {
    var organization: OrganizationFacts { get }
}

extension OrganizationCreated: OrganizationTold {}
extension OrganizationSnapshotTaken: OrganizationTold {}
