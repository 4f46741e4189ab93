import EventContracts
import Postgres
import Primitives

/// Asks the scheduler for the daily timers of organizations, from today on.
///
/// What was missed is made up by one occurrence, which stands for all days before it.
struct AskForDailyTimers: Sendable {
    let now: Instant
    let cause: EventCause

    func run(
        _ hours: [DailyTimerStore.Hour], kinds: [DailyTimer.Kind] = DailyTimer.Kind.allCases,
        in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        var byID: [OrganizationID: DailyTimerStore.Hour] = [:]
        for hour in hours { byID[hour.organizationID] = hour }
        let timers = hours.flatMap { hour in
            kinds.map { (hour.organizationID, $0, hour.zone.date(at: now)) }
        }
        return try DailyTimerStore.raise(timers, at: now, in: tx).compactMap { asked in
            try byID[asked.organizationID].map { try event(asked, $0) }
        }
    }

    private func event(
        _ asked: DailyTimerStore.Asked, _ hour: DailyTimerStore.Hour
    ) throws -> OutgoingEvent {
        let time: CivilTime =
            switch asked.kind {
            case .overdue: .midnight
            case .reminders: hour.reminderTime
            }
        let request = ScheduleRequest(
            scheduleID: asked.scheduleID, generation: asked.generation, organizationID: hour.organizationID,
            kind: asked.kind.rawValue,
            rule: ScheduleRule(date: hour.zone.date(at: now), time: time, every: 1, unit: .day),
            zone: hour.zone, catchUp: .latest)
        if asked.generation == 1 { return try event(ScheduleRequested(schedule: request), asked) }
        return try event(ScheduleChanged(schedule: request), asked)
    }

    private func event(
        _ payload: some EventPayload, _ asked: DailyTimerStore.Asked
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            payload, subject: asked.scheduleID, tenant: asked.organizationID, sequence: asked.generation,
            cause: cause, service: "invoice")
    }
}
