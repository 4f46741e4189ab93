import EventContracts
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives

/// Moves test clocks: what is due at a clock's time goes off, and the clock goes on to the next due instant when all
/// that follows has been done.
///
/// Everything of one step is one transaction under the clock's lock, so any number of replicas may do this.
struct MoveTestClocks: Sendable {
    let fire: FireDueSchedules
    let outbox: Outbox
    let pool: PostgresPool
    let clock: any WallClock
    let log: Log

    /// Who has to answer; the scheduler counts its own messages itself.
    private static let answering = Int64(EventCatalogue.testClockQueues.count)
    /// A service that does not answer is asked again after this.
    private static let patience = Duration.seconds(5)
    /// Between two questions while something is being done, and while nothing seems to go on.
    private static let pause = Duration.milliseconds(20)
    private static let longPause = Duration.milliseconds(250)

    func loop(wakeup: Wakeup) -> BackgroundLoop {
        BackgroundLoop(label: "test-clocks", pause: .seconds(1), wakeup: wakeup, log: log) {
            let now = clock.now()
            return try await pool.transaction { tx in try step(at: now, in: tx) }
        }
    }

    /// Looks at one clock.
    func step(at now: Instant, in tx: borrowing Transaction) throws -> BackgroundLoop.Round {
        guard var moving = try TestClockStore.lockMoving(at: now, in: tx) else { return .idle }
        let answers = try TestClockStore.answers(to: moving.round, of: moving.id, in: tx)
        guard moving.isAsking, answers.services == Self.answering else {
            // Nothing was asked yet, or an answer is missing for too long.
            try ask(&moving, at: now, in: tx)
            return .more
        }
        let own = try TestTraffic.counted(for: moving.organizationID, in: tx)
        let traffic = TestClockStore.Traffic(
            sent: answers.traffic.sent + own.sent, handled: answers.traffic.handled + own.handled)
        let isUnchanged = traffic == moving.traffic
        moving.traffic = traffic
        guard answers.open == 0, traffic.sent == traffic.handled, isUnchanged else {
            // Counted one after the other, sums may be equal by accident; counted twice, nothing has moved between.
            let isLikelyQuiet = answers.open == 0 && traffic.sent == traffic.handled
            moving.isAsking = false
            let pause = isLikelyQuiet ? .zero : isUnchanged ? Self.longPause : Self.pause
            try TestClockStore.store(moving, lookAt: now + pause, in: tx)
            return pause == .zero ? .more : .idleFor(pause)
        }
        try advance(&moving, at: now, in: tx)
        return .more
    }

    private func advance(
        _ clock: inout TestClockStore.Stored, at now: Instant, in tx: borrowing Transaction
    ) throws {
        let next = try TestClockStore.nextInstant(of: clock.id, in: tx)
        if let next, next <= clock.target {
            clock.now = max(next, clock.now)
        } else if clock.now < clock.target {
            clock.now = clock.target
        } else {
            (clock.isMoving, clock.isAsking) = (false, false)
            return try TestClockStore.store(clock, lookAt: now, in: tx)
        }
        clock.step += 1
        try tell(clock, in: tx)
        let moment = clock.now
        let (fire, id) = (fire, clock.id)
        let outcome = try TestTime.at(moment) { try fire(at: moment, of: id, in: tx) }
        clock.occurrences += Int64(outcome.lateness.count)
        try ask(&clock, at: now, in: tx)
    }

    /// Tells all services what time it is.
    func tell(_ clock: TestClockStore.Stored, in tx: borrowing Transaction) throws {
        let moved = TestClockMoved(
            testClockID: clock.id, organizationID: clock.organizationID, now: clock.now, step: clock.step)
        try outbox.write(
            OutgoingEvent(
                moved, subject: clock.id, tenant: clock.organizationID, sequence: clock.step,
                cause: EventCause(traceparent: nil, clockTime: clock.now)), in: tx)
    }

    private func ask(
        _ clock: inout TestClockStore.Stored, at now: Instant, in tx: borrowing Transaction
    ) throws {
        clock.round += 1
        clock.isAsking = true
        let probe = TestClockProbed(
            testClockID: clock.id, organizationID: clock.organizationID, round: clock.round)
        try outbox.write(
            OutgoingEvent(
                probe, subject: clock.id, tenant: clock.organizationID, sequence: nil,
                cause: EventCause(traceparent: nil, clockTime: clock.now)), in: tx)
        try TestClockStore.store(clock, lookAt: now + Self.patience, in: tx)
    }
}
