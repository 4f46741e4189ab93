import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Brings the plans of open invoices in line with the mandates that count for them, after a mandate has changed.
///
/// One plan collects an invoice: that of the most specific mandate. Plans of others end, one that ended only because its
/// mandate did not count for a while begins again, one whose day is another now is moved, and what is missing is planned.
struct ReplanCharges: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let planCharges: PlanCharges
    let endPlans: EndPlans
    let endAttempt: EndAttempt

    func callAsFunction(_ invoices: [InvoiceID], cause: EventCause, in tx: borrowing Transaction) throws {
        guard !invoices.isEmpty else { return }
        let obsolete = try PlanScope.obsolete(invoices, in: tx)
        for plan in obsolete {
            guard let attempt = plan.readyAttempt else { continue }
            try endAttempt.withdrawn(attempt, reason: plan.reason, in: tx)
        }
        let ended = obsolete.filter { $0.readyAttempt == nil }
        try endPlans(ended.map { ($0.planID, $0.reason) }, cause: cause, in: tx)
        try move(invoices, cause: cause, in: tx)
        try planCharges(Dictionary(uniqueKeysWithValues: invoices.map { ($0, cause) }), in: tx)
    }

    private func move(_ invoices: [InvoiceID], cause: EventCause, in tx: borrowing Transaction) throws {
        let now = clock.now()
        var dues: [ChargePlanID: (date: CivilDate, at: Instant, zone: Zone)] = [:]
        for plan in try PlanScope.movable(invoices, in: tx) {
            let due = ChargePlan.due(
                issueDate: plan.issueDate, days: plan.days, partDue: plan.partDue, zone: plan.zone, now: now)
            if plan.isLive, due.date == plan.chargeOn { continue }
            dues[plan.planID] = (due.date, due.at, plan.zone)
        }
        let moved = try PlanScope.move(dues.map { ($0.key, $0.value.date) }, now: now, in: tx)
        var events: [OutgoingEvent] = []
        for plan in moved {
            guard let due = dues[plan.planID] else { continue }
            events.append(try EndPlans.changedEvent(plan, cause: cause))
            let request = ScheduleRequest(
                scheduleID: ChargePlan.scheduleID(of: plan.planID), generation: plan.generation,
                organizationID: plan.organizationID, kind: ChargeSchedule.kind,
                rule: due.at == now
                    ? ScheduleRule(at: now) : ScheduleRule(date: plan.chargeOn, time: .chargeTime),
                zone: due.zone, catchUp: .all, planID: plan.planID, step: plan.step)
            events.append(try ChargeSchedule.event(ScheduleChanged(schedule: request), cause: cause))
        }
        try outbox.write(events, in: tx)
    }
}
