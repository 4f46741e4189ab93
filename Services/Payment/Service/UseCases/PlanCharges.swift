import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Plans the automatic payment of open payables that a mandate covers, and asks the scheduler for the day.
///
/// It runs whenever a payable, a customer's link or a mandate appears or changes; planning twice plans once, because a
/// plan's id follows from invoice, part and mandate.
struct PlanCharges: Sendable {
    let outbox: Outbox
    let clock: any WallClock

    /// Plans what is to be planned among some invoices, each with what brought it up.
    func callAsFunction(_ invoices: [InvoiceID: EventCause], in tx: borrowing Transaction) throws {
        guard !invoices.isEmpty else { return }
        let now = clock.now()
        let plans = try PlanStore.plannable(Array(invoices.keys), in: tx).flatMap { plannable in
            guard !plannable.openParts.isEmpty else { return [Self.plan(plannable, part: nil, now: now)] }
            return plannable.openParts.map { Self.plan(plannable, part: $0, now: now) }
        }
        guard !plans.isEmpty else { return }
        let new = try PlanStore.insert(plans.map(\.plan), now: now, in: tx)
        var events: [OutgoingEvent] = []
        for (plan, zone, at) in plans where new.contains(plan.planID) {
            guard let cause = invoices[plan.from.invoiceID] else { continue }
            events += try announce(plan, zone: zone, at: at, isNow: at == now, cause: cause)
        }
        try outbox.write(events, in: tx)
    }

    private static func plan(
        _ plannable: PlanStore.Plannable, part: Instalment?, now: Instant
    ) -> (plan: PlanStore.NewPlan, zone: Zone, at: Instant) {
        let zone = Zone(plannable.zone) ?? .utc
        let due = ChargePlan.due(
            issueDate: plannable.issueDate, days: plannable.chargeAfterDays, partDue: part?.dueDate,
            zone: zone, now: now)
        let number = part?.number ?? ChargePlan.wholeInvoice
        let id = ChargePlan.id(invoice: plannable.invoiceID, part: number, mandate: plannable.mandateID)
        return (
            PlanStore.NewPlan(planID: id, from: plannable, part: number, chargeOn: due.date), zone, due.at
        )
    }

    private func announce(
        _ plan: PlanStore.NewPlan, zone: Zone, at: Instant, isNow: Bool, cause: EventCause
    ) throws -> [OutgoingEvent] {
        let planned = ChargePlanned(
            plan: ChargePlanFacts(
                planID: plan.planID, invoiceID: plan.from.invoiceID, organizationID: plan.from.organizationID,
                accountID: plan.from.accountID, mandateID: plan.from.mandateID, state: .planned,
                chargeOn: plan.chargeOn, step: 0,
                part: plan.part == ChargePlan.wholeInvoice ? nil : plan.part))
        let rule =
            isNow ? ScheduleRule(at: at) : ScheduleRule(date: plan.chargeOn, time: .chargeTime)
        let request = ScheduleRequested(
            schedule: ScheduleRequest(
                scheduleID: ChargePlan.scheduleID(of: plan.planID), generation: 1,
                organizationID: plan.from.organizationID, kind: ChargeSchedule.kind, rule: rule, zone: zone,
                catchUp: .all, planID: plan.planID, step: 0))
        return [
            try OutgoingEvent(
                planned, subject: plan.planID, tenant: plan.from.organizationID, sequence: 1, cause: cause),
            try ChargeSchedule.event(request, cause: cause),
        ]
    }
}

/// How the payment service asks the scheduler for the days of its charges.
enum ChargeSchedule {
    static let kind = "charge"

    static func event(_ request: ScheduleRequested, cause: EventCause) throws -> OutgoingEvent {
        try OutgoingEvent(
            request, subject: request.schedule.scheduleID, tenant: request.schedule.organizationID,
            sequence: request.schedule.generation, cause: cause, service: "payment")
    }

    static func event(_ request: ScheduleChanged, cause: EventCause) throws -> OutgoingEvent {
        try OutgoingEvent(
            request, subject: request.schedule.scheduleID, tenant: request.schedule.organizationID,
            sequence: request.schedule.generation, cause: cause, service: "payment")
    }

    static func event(
        _ request: ScheduleCancelled, tenant: OrganizationID, cause: EventCause
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            request, subject: request.scheduleID, tenant: tenant, sequence: request.generation, cause: cause,
            service: "payment")
    }
}
