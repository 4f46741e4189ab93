import EventContracts
import Lifecycle
import Messaging
import Postgres

/// Notes that a day has come for organizations; what is to be done then is done behind the queue, a few invoices at a
/// time.
struct NoteDailyTimers: DueHandler {
    /// Wakes who does it.
    let wakeup: Wakeup

    var kinds: Set<String> { Set(DailyTimer.Kind.allCases.map(\.rawValue)) }

    func handle(_ dues: [Received<ScheduleDue>], in tx: borrowing Transaction) throws {
        try DailyTimerStore.come(
            dues.map { ($0.payload.scheduleID, $0.payload.generation, $0.payload.date) }, in: tx)
        tx.afterCommit { [wakeup] in wakeup.signal() }
    }
}
