import EventContracts
import Lifecycle
import Messaging
import Postgres
import Primitives
import ServiceKit

/// The work of the daily timers: asks for those that are missing, and deals with the invoices of days that have come, a
/// few in each transaction, so that neither a queue nor a lock waits for all of them.
///
/// Organizations take turns. Any number of replicas work side by side, each on an organization of its own.
struct DailyPasses: Sendable {
    let pool: PostgresPool
    let outbox: Outbox
    let links: PayLinks
    let clock: any WallClock
    let testClocks: TestClocks
    /// How many invoices one transaction deals with.
    var invoicesAtOnce = 200

    private static let organizationsMaximum = 500

    /// Asks for the timers of organizations that are new or have moved to another zone.
    func askForTimers() async throws -> BackgroundLoop.Round {
        let (now, outbox) = (clock.now(), outbox)
        let count = try await pool.transaction { tx in
            let hours = try DailyTimerStore.untimed(limit: Self.organizationsMaximum, in: tx)
            guard !hours.isEmpty else { return 0 }
            let events = try AskForDailyTimers(
                now: now, cause: EventCause(traceparent: nil, clockTime: now)
            ).run(hours, in: tx)
            try DailyTimerStore.noteTimed(hours.map(\.organizationID), in: tx)
            try outbox.write(events, in: tx)
            return hours.count
        }
        return count == Self.organizationsMaximum ? .more : .idle
    }

    /// Deals with some invoices of one organization.
    ///
    /// Its turn is taken before the work, so that one whose work fails does not keep the others waiting.
    func work() async throws -> BackgroundLoop.Round {
        let now = clock.now()
        let chosen = try await pool.transaction { tx in try DailyTimerStore.next(at: now, in: tx) }
        guard let chosen else { return .idle }
        return try await pool.transaction { tx in
            guard let timer = try DailyTimerStore.lock(chosen, in: tx) else { return .idle }
            let place = try testClocks.at(timer.organizationID, in: tx) { try work(on: timer, in: tx) }
            try DailyTimerStore.proceed(timer, to: place, in: tx)
            return .more
        }
    }

    private func work(
        on timer: DailyTimer, in tx: borrowing Transaction
    ) throws -> DailyTimer.Place? {
        let (now, limit) = (clock.now(), invoicesAtOnce)
        return switch timer.kind {
        case .overdue: try StampOverdue(outbox: outbox, now: now, limit: limit).run(timer, in: tx)
        case .reminders:
            try SendReminders(links: links, outbox: outbox, now: now, limit: limit).run(timer, in: tx)
        }
    }

    static func loops(_ context: ServiceContext, _ links: PayLinks, wakeup: Wakeup) -> [BackgroundLoop] {
        let passes = DailyPasses(
            pool: context.batchPool, outbox: context.outbox, links: links, clock: context.clock,
            testClocks: context.testClocks)
        return [
            BackgroundLoop(label: "daily timers", pause: .seconds(1), log: context.log) {
                try await passes.askForTimers()
            },
            BackgroundLoop(label: "daily passes", pause: .seconds(1), wakeup: wakeup, log: context.log) {
                try await passes.work()
            },
        ]
    }
}
