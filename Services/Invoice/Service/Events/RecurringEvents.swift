import EventContracts
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// Makes the events of one series: what it is, and what the scheduler is asked for.
struct RecurringEvents {
    /// What the scheduler gives back as the kind of a timer.
    static let scheduleKind = "recurring_invoice"

    let cause: EventCause

    /// The series as it is now; raises its sequence.
    func changed(_ recurring: inout RecurringInvoice) throws -> OutgoingEvent {
        recurring.sequence += 1
        return try fact(RecurringInvoiceChanged(recurringInvoice: Self.facts(recurring)), recurring)
    }

    func snapshot(_ recurring: RecurringInvoice) throws -> OutgoingEvent {
        try fact(RecurringInvoiceSnapshotTaken(recurringInvoice: Self.facts(recurring)), recurring)
    }

    /// What the scheduler has to know after a change that raised the generation; nothing once the series is finished.
    func timing(_ recurring: RecurringInvoice) throws -> [OutgoingEvent] {
        let series = recurring.series
        switch series.state {
        case .active:
            guard let rule = ScheduleRule(rest: series) else { return [] }
            let request = ScheduleRequest(
                scheduleID: recurring.scheduleID, generation: series.generation,
                organizationID: recurring.organizationID, kind: Self.scheduleKind, rule: rule,
                zone: series.rule.zone, catchUp: .all)
            if series.generation == 1 {
                return [try schedule(ScheduleRequested(schedule: request), recurring)]
            }
            return [try schedule(ScheduleChanged(schedule: request), recurring)]
        case .paused, .needsAttention, .cancelled, .finished:
            return [
                try schedule(
                    ScheduleCancelled(scheduleID: recurring.scheduleID, generation: series.generation),
                    recurring)
            ]
        }
    }

    private func schedule(
        _ payload: some EventPayload, _ recurring: RecurringInvoice
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            payload, subject: recurring.scheduleID, tenant: recurring.organizationID,
            sequence: recurring.series.generation, cause: cause, service: "invoice")
    }

    private func fact(_ payload: some EventPayload, _ recurring: RecurringInvoice) throws -> OutgoingEvent {
        try OutgoingEvent(
            payload, subject: recurring.id, tenant: recurring.organizationID, sequence: recurring.sequence,
            cause: cause)
    }

    private static func facts(_ recurring: RecurringInvoice) -> RecurringInvoiceFacts {
        let rule = recurring.series.rule
        return RecurringInvoiceFacts(
            recurringInvoiceID: recurring.id, organizationID: recurring.organizationID,
            customerID: recurring.customerID, status: recurring.series.state.published,
            attentionCode: recurring.attention?.code,
            rule: ScheduleRule(rule),
            zone: rule.zone, nextDate: recurring.series.upcoming(limit: 1).first,
            lastDate: recurring.lastDate, invoiceCount: recurring.invoiceCount,
            dueAfterDays: recurring.terms.dueAfterDays, autoFinalize: recurring.terms.finalizes,
            autoSend: recurring.terms.sends)
    }
}

/// Publishes series as they are, for projections that start or were lost.
struct RecurringSnapshots: SnapshotSource {
    let clock: any WallClock

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let writer = RecurringEvents(cause: EventCause(traceparent: nil, clockTime: clock.now()))
        let page = try RecurringStore.page(after: cursor, limit: limit, in: tx)
        return (try page.map { try writer.snapshot($0) }, page.count < limit ? nil : page.last?.id.raw)
    }
}

extension SeriesState {
    /// The word that events use.
    fileprivate var published: RecurringInvoiceStatus {
        switch self {
        case .active: .active
        case .paused: .paused
        case .needsAttention: .needsAttention
        case .finished: .finished
        case .cancelled: .cancelled
        }
    }
}
