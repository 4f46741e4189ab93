import EventContracts
import Messaging
import Postgres
import Primitives

/// What every service does about test clocks, on the queue that it has for them.
enum TestClockHandlers {
    static func all(_ context: ServiceContext, openWork: [String]) -> [any EventHandler] {
        [
            FollowTestClock(clocks: context.testClocks),
            ReportTestTraffic(service: context.name, outbox: context.outbox, openWork: openWork),
        ]
    }
}

/// Remembers what time it is for an organization.
private struct FollowTestClock: EventHandler {
    let clocks: TestClocks
    let deduplication = Deduplication.naturalKey("of two times of a clock the one of the higher step counts")

    func handle(_ batch: [Received<TestClockMoved>], in tx: borrowing Transaction) throws {
        var latest: [OrganizationID: TestClockMoved] = [:]
        for event in batch {
            let moved = event.payload
            if let known = latest[moved.organizationID], known.step >= moved.step { continue }
            latest[moved.organizationID] = moved
        }
        let list = latest.values.sorted { $0.organizationID < $1.organizationID }
        try tx.send(
            """
            INSERT INTO tenant_times AS t (organization_id, test_clock_id, now_at, step)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[])
            ON CONFLICT (organization_id) DO UPDATE
               SET test_clock_id = excluded.test_clock_id, now_at = excluded.now_at, step = excluded.step
             WHERE t.step < excluded.step
            """,
            [
                list.map(\.organizationID), list.map(\.testClockID), list.map(\.now), list.map(\.step),
            ])
        let times = latest.mapValues(\.now)
        tx.afterCommit { [clocks] in clocks.note(times) }
    }
}

/// Answers what was sent and handled for an organization, and what is still to be done.
private struct ReportTestTraffic: EventHandler {
    let service: String
    let outbox: Outbox
    /// Each counts pieces of work of the organization `$1`.
    let openWork: [String]
    let deduplication = Deduplication.naturalKey("an answer to a question that was answered changes nothing")

    func handle(_ batch: [Received<TestClockProbed>], in tx: borrowing Transaction) throws {
        var events: [OutgoingEvent] = []
        for event in batch {
            let probe = event.payload
            let counted = try TestTraffic.counted(for: probe.organizationID, in: tx)
            var open: Int64 = 0
            for statement in openWork {
                open += try tx.query(statement, [probe.organizationID]).scalar(as: Int64.self) ?? 0
            }
            let report = TestClockReported(
                testClockID: probe.testClockID, round: probe.round, service: service, sent: counted.sent,
                handled: counted.handled, open: open)
            events.append(
                try OutgoingEvent(
                    report, subject: probe.testClockID, tenant: probe.organizationID, sequence: probe.round,
                    cause: EventCause(
                        following: event.envelope, clockTime: event.envelope.clockTime), service: service))
        }
        try outbox.write(events, in: tx)
    }
}
