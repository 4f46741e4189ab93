import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Turns plans whose day has come into attempts: loads and locks a batch, decides each, stores the decisions.
struct AdmitDues: Sendable {
    /// The current day of a plan, as the scheduler or this service names it.
    struct Due {
        let planID: ChargePlanID
        let generation: Int64
        let step: Int
        let cause: EventCause
    }

    let endPlans: EndPlans
    let clock: any WallClock
    /// Wakes the executor once attempts are ready.
    let onReady: @Sendable () -> Void

    func callAsFunction(_ dues: [Due], in tx: borrowing Transaction) throws {
        guard !dues.isEmpty else { return }
        var current: [ChargePlanID: Due] = [:]
        for due in dues where (current[due.planID]?.generation ?? 0) <= due.generation {
            current[due.planID] = due
        }
        let stored = try PlanStore.lockDue(Array(current.keys), in: tx)
        try decide(stored, in: tx) { plan in
            guard let due = current[plan.planID] else { return nil }
            return (due.generation, due.step, due.cause)
        }
    }

    /// Admits the plans that wait for payables whose attempt has ended.
    func waiting(on invoices: [InvoiceID], cause: EventCause, in tx: borrowing Transaction) throws {
        let plans = try PlanStore.waiting(on: invoices, in: tx)
        guard !plans.isEmpty else { return }
        try decide(PlanStore.lockDue(plans, in: tx), in: tx) { ($0.generation, $0.step, cause) }
    }

    private func decide(
        _ stored: [PlanStore.Due], in tx: borrowing Transaction,
        due: (PlanStore.Due) -> (generation: Int64, step: Int, cause: EventCause)?
    ) throws {
        var ready: [(due: PlanStore.Due, cause: EventCause)] = []
        var waiting: [PlanStore.Due] = []
        var leased: Set<InvoiceID> = []
        for plan in stored {
            guard let due = due(plan) else { continue }
            let decision = DueDecision.decide(
                plan: (plan.state, plan.generation, plan.step), due: (due.generation, due.step),
                payable: plan.payable, through: plan.throughMinor,
                mandate: plan.mandate, isLeased: plan.isLeased || leased.contains(plan.payable.invoiceID))
            switch decision {
            case .charge:
                ready.append((plan, due.cause))
                leased.insert(plan.payable.invoiceID)
            case .wait: waiting.append(plan)
            case .cancel(let reason): try endPlans([(plan.planID, reason)], cause: due.cause, in: tx)
            case .obsolete: break
            }
        }
        try PlanStore.makeWaiting(waiting, now: clock.now(), in: tx)
        try PlanStore.makeReady(ready, now: clock.now(), sendAt: clock.systemNow(), in: tx)
        if !ready.isEmpty { tx.afterCommit(onReady) }
    }
}
