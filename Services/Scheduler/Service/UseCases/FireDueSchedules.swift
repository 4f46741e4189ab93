import EventContracts
import Messaging
import Postgres
import Primitives
import SchedulerDomain

/// One pass of the scheduler: what is due goes off, and every schedule moves on, in one transaction.
///
/// Any number of replicas may do this at once. A schedule goes off once because of its row lock, because of the key of
/// its occurrence, because the id of the event is derived from that key, and because the requester drops what is not
/// of the current generation.
struct FireDueSchedules: Sendable {
    /// What a pass did.
    struct Outcome: Sendable {
        /// How late each occurrence went off.
        var lateness: [Duration] = []
        /// Schedules whose rule or zone could not be read; they are tried again later.
        var unreadable: [ScheduleID] = []
        /// Whether there may be more to do at once.
        var hasMore = false
        /// The moment of the next occurrence, known when there is nothing more to do.
        var next: Instant?
    }

    private let outbox: Outbox
    private let zones: ZoneCache
    private let batch: Int
    private let catchUpLimit: Int

    /// - Parameters:
    ///   - outbox: Where the dues are written.
    ///   - zones: The zones in use.
    ///   - batch: How many schedules one pass takes at most.
    ///   - catchUpLimit: How many missed occurrences of one schedule one pass makes up at most.
    init(outbox: Outbox, zones: ZoneCache, batch: Int, catchUpLimit: Int) {
        self.outbox = outbox
        self.zones = zones
        self.batch = batch
        self.catchUpLimit = catchUpLimit
    }

    /// - Parameters:
    ///   - now: The moment.
    ///   - clock: The test clock whose schedules go off; nil for those that go by the real time.
    ///   - tx: The transaction of the pass.
    /// - Returns: What it did.
    /// - Throws: What its statements throw.
    func callAsFunction(
        at now: Instant, of clock: TestClockID? = nil, in tx: borrowing Transaction
    ) throws -> Outcome {
        let due = try DueSchedules.lock(at: now, of: clock, limit: batch, in: tx)
        var outcome = Outcome()
        if !due.isEmpty {
            let pass = collect(due, at: now)
            try write(pass, at: now, in: tx)
            outcome.lateness = pass.fired.map { now - $0.dueAt }
            outcome.unreadable = pass.unreadable
            outcome.hasMore = pass.hasMore || due.count == batch
        }
        if !outcome.hasMore, clock == nil { outcome.next = try DueSchedules.earliest(in: tx) }
        return outcome
    }

    /// What a pass is about to write.
    private struct Pass {
        var fired: [DueSchedules.Fired] = []
        var events: [OutgoingEvent] = []
        var progress: [DueSchedules.Progress] = []
        var unreadable: [ScheduleID] = []
        var hasMore = false
    }

    private func collect(_ due: [StoredSchedule], at now: Instant) -> Pass {
        var pass = Pass()
        pass.fired.reserveCapacity(due.count)
        pass.events.reserveCapacity(due.count)
        pass.progress.reserveCapacity(due.count)
        for schedule in due {
            // What catching up leaves of the batch is due again at once, so that a transaction stays short.
            guard pass.fired.count < 2 * batch else {
                pass.hasMore = true
                break
            }
            do {
                add(try occurrences(of: schedule, at: now), of: schedule, at: now, to: &pass)
            } catch {
                // A rule or zone that this release cannot read must not hold up all others; it is tried again later.
                pass.unreadable.append(schedule.id)
                pass.progress.append(
                    DueSchedules.Progress(
                        id: schedule.id, position: schedule.next.position, nextDate: schedule.next.date,
                        nextRunAt: now + Self.unreadablePause, fired: 0))
            }
        }
        return pass
    }

    private static let unreadablePause = Duration.seconds(600)

    private func add(
        _ due: (occurrences: [Occurrence], next: Occurrence?), of schedule: StoredSchedule, at now: Instant,
        to pass: inout Pass
    ) {
        if let next = due.next, next.dueAt <= now { pass.hasMore = true }
        for (offset, occurrence) in due.occurrences.enumerated() {
            pass.fired.append(
                DueSchedules.Fired(
                    id: schedule.id, generation: schedule.generation, date: occurrence.date,
                    dueAt: occurrence.dueAt))
            pass.events.append(
                DueEvents.event(
                    schedule, date: occurrence.date, sequence: schedule.sequence + Int64(offset) + 1, at: now)
            )
        }
        pass.progress.append(
            DueSchedules.Progress(
                id: schedule.id, position: due.next?.position ?? schedule.next.position,
                nextDate: due.next?.date, nextRunAt: due.next?.dueAt, fired: due.occurrences.count))
    }

    private func write(_ pass: Pass, at now: Instant, in tx: borrowing Transaction) throws {
        var events = pass.events
        if let recorded = try DueSchedules.record(pass.fired, at: now, in: tx) {
            events = zip(events, pass.fired).filter { recorded.contains($1) }.map(\.0)
        }
        try outbox.write(events, in: tx)
        try DueSchedules.advance(pass.progress, at: now, in: tx)
    }

    private func occurrences(
        of schedule: StoredSchedule, at now: Instant
    ) throws -> (occurrences: [Occurrence], next: Occurrence?) {
        guard let series = schedule.series else { return ([schedule.next], nil) }
        let timetable = Timetable(rule: try ScheduleRule(series.fields), zone: try zones.zone(series.zone))
        let due = timetable.due(
            from: schedule.next.position, at: now, policy: series.policy, limit: catchUpLimit)
        // The zone database of this release may differ from the one that computed the stored moment: that moment has
        // come, so the occurrence goes off now rather than by the new rules.
        guard due.occurrences.isEmpty else { return due }
        return ([schedule.next], timetable.occurrence(at: schedule.next.position + 1))
    }
}
