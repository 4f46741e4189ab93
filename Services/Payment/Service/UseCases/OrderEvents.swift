import EventContracts
import PaymentDomain
import Primitives

/// Makes the events of a standing order: what it is, and what the scheduler is asked for.
struct OrderEvents {
    /// What the scheduler gives back as the kind of the timers.
    static let dayKind = "standing_order"
    static let retryKind = "standing_order_retry"

    let cause: EventCause

    /// The order as it is now; raises its sequence.
    func changed(_ order: inout StoredOrder) throws -> OutgoingEvent {
        order.sequence += 1
        let series = order.series
        let changed = StandingOrderChanged(
            standingOrderID: order.id, organizationID: order.organizationID, accountID: order.accountID,
            status: series.state.published, currency: order.amount.currency,
            amountMinor: order.amount.minorUnits, rule: ScheduleRule(series.rule), zone: series.rule.zone,
            nextDate: series.upcoming(limit: 1).first)
        return try OutgoingEvent(
            changed, subject: order.id, tenant: order.organizationID, sequence: order.sequence, cause: cause)
    }

    /// What the scheduler has to know after a change that raised the generation.
    func timing(_ order: StoredOrder) throws -> [OutgoingEvent] {
        let series = order.series
        let id = StandingOrder.scheduleID(of: order.id)
        guard series.state == .active else {
            let cancelled = ScheduleCancelled(scheduleID: id, generation: series.generation)
            return [try ChargeSchedule.event(cancelled, tenant: order.organizationID, cause: cause)]
        }
        guard let rule = ScheduleRule(rest: series) else { return [] }
        let request = ScheduleRequest(
            scheduleID: id, generation: series.generation, organizationID: order.organizationID,
            kind: Self.dayKind, rule: rule, zone: series.rule.zone, catchUp: .all)
        return [
            series.generation == 1
                ? try ChargeSchedule.event(ScheduleRequested(schedule: request), cause: cause)
                : try ChargeSchedule.event(ScheduleChanged(schedule: request), cause: cause)
        ]
    }

    /// Asks for the next try of a refused payment.
    func retry(
        _ payment: PaymentID, step: Int, on day: CivilDate, of order: StoredOrder
    ) throws -> OutgoingEvent {
        let request = ScheduleRequest(
            scheduleID: StandingOrder.scheduleID(ofRetry: payment), generation: Int64(step),
            organizationID: order.organizationID, kind: Self.retryKind,
            rule: ScheduleRule(date: day, time: .chargeTime), zone: order.series.rule.zone, catchUp: .all)
        return step == 1
            ? try ChargeSchedule.event(ScheduleRequested(schedule: request), cause: cause)
            : try ChargeSchedule.event(ScheduleChanged(schedule: request), cause: cause)
    }
}

extension SeriesState {
    /// The word that events use.
    var published: StandingOrderStatus {
        switch self {
        case .active: .active
        case .paused: .paused
        case .needsAttention: .needsUpdate
        case .finished: .finished
        case .cancelled: .cancelled
        }
    }
}
