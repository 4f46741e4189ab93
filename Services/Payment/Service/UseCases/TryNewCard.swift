import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// A card that is new, or works again, is tried at once for charges that wait for another day of their ladder.
///
/// The try does not count: when it is refused as well, the ladder goes on where it was.
struct TryNewCard: Sendable {
    let clock: any WallClock
    /// Wakes the executor once attempts are ready.
    let onReady: @Sendable () -> Void

    /// Makes the attempts ready: under one mandate that has got the card, or under all that may use it.
    func callAsFunction(
        _ card: PaymentMethodID, of account: AccountID, under mandate: MandateID? = nil, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        let plans = try CardChoice.waiting(for: card, of: account, under: mandate, in: tx)
        guard !plans.isEmpty else { return }
        var leased: Set<InvoiceID> = []
        let dues = try PlanStore.lockDue(plans, in: tx).filter { plan in
            let decision = DueDecision.decide(
                plan: (plan.state, plan.generation, plan.step), due: (plan.generation, plan.step),
                payable: plan.payable, through: plan.throughMinor, mandate: plan.mandate,
                isLeased: plan.isLeased || leased.contains(plan.payable.invoiceID))
            // What another payment holds at this moment keeps its day.
            guard decision == .charge, plan.state == .planned, plan.step > 0 else { return false }
            leased.insert(plan.payable.invoiceID)
            return true
        }
        guard !dues.isEmpty else { return }
        try PlanStore.makeReady(dues.map { ($0, cause) }, now: clock.now(), in: tx)
        try CardChoice.choose(card, for: dues.map(\.nextAttemptID), in: tx)
        tx.afterCommit(onReady)
    }
}
