import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Ends automatic payments that will not happen any more, tells others, and lets their timers go.
struct EndPlans: Sendable {
    let outbox: Outbox
    let clock: any WallClock

    /// Ends the live plans among some, each for a reason.
    func callAsFunction(
        _ plans: [(plan: ChargePlanID, reason: String)], as state: ChargePlan.State = .cancelled,
        cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        let changed = try PlanStore.end(
            plans.map(\.plan), as: state, reasons: plans.map(\.reason), now: clock.now(), in: tx)
        var events: [OutgoingEvent] = []
        for plan in changed {
            events.append(try EndPlans.changedEvent(plan, cause: cause))
            let cancelled = ScheduleCancelled(
                scheduleID: ChargePlan.scheduleID(of: plan.planID), generation: plan.generation)
            events.append(try ChargeSchedule.event(cancelled, tenant: plan.organizationID, cause: cause))
        }
        try outbox.write(events, in: tx)
    }

    /// Ends the plans that have nothing left to collect.
    func settled(_ invoice: InvoiceID, cause: EventCause, in tx: borrowing Transaction) throws {
        let plans = try PlanStore.settled(of: [invoice], in: tx)
        try callAsFunction(plans.map { ($0, "settled") }, cause: cause, in: tx)
    }

    static func changedEvent(_ plan: PlanStore.Changed, cause: EventCause) throws -> OutgoingEvent {
        let facts = ChargePlanFacts(
            planID: plan.planID, invoiceID: plan.invoiceID, organizationID: plan.organizationID,
            accountID: plan.accountID, mandateID: plan.mandateID, state: plan.state.published,
            chargeOn: plan.chargeOn,
            step: plan.step, reason: plan.reason, part: plan.part == ChargePlan.wholeInvoice ? nil : plan.part
        )
        return try OutgoingEvent(
            ChargePlanChanged(plan: facts), subject: plan.planID, tenant: plan.organizationID,
            sequence: plan.sequence,
            cause: cause)
    }
}

extension ChargePlan.State {
    /// The word that events use.
    var published: ChargePlanState {
        switch self {
        case .planned: .planned
        case .waiting: .waiting
        case .charging: .charging
        case .collected: .collected
        case .cancelled: .cancelled
        case .skipped: .skipped
        case .failed: .failed
        }
    }
}
