import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Books the money of a standing order: the oldest open invoices first, what nobody needs becomes credit at the sender.
struct RecordOrderSuccess: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let admit: AdmitDues
    let endPlans: EndPlans
    let moveCredit: MoveCredit

    /// Books it under the attempt's lock.
    ///
    /// What is open is read anew: invoices may have been voided, credited or paid by hand since the attempt was sent.
    func callAsFunction(
        _ record: AttemptRecord, reference: String, in tx: borrowing Transaction
    ) throws {
        let now = clock.now()
        let held = try OrderPaymentStore.invoices(of: record.attemptID, in: tx)
        let open = try OrderPaymentStore.lockOpen(heldBy: record, invoices: held, in: tx)
        let (allocations, restMinor) = StandingOrder.settle(record.amount.minorUnits, open: open)
        let allocated = Set(allocations.map(\.invoiceID))
        let released = held.filter { !allocated.contains($0) }.map { (invoiceID: $0, amountMinor: Int64(0)) }
        let booked = try OrderPaymentStore.book(
            record, reference: reference, parts: allocations + released, now: now, in: tx)
        var facts = record.facts
        facts.allocations = allocations.map {
            Allocation(invoiceID: $0.invoiceID, amountMinor: $0.amountMinor)
        }
        let cause = EventCause(
            correlationID: record.correlationID, causationID: record.causationID, traceparent: nil,
            clockTime: now)
        if restMinor > 0, let customer = record.customerID {
            let rest = Money(minorUnits: restMinor, currency: record.amount.currency)
            try moveCredit.add(
                rest, to: customer, at: record.organizationID, .surplus, invoice: nil, cause: cause, in: tx)
        }
        try outbox.write(
            [
                try OutgoingEvent(
                    PaymentSucceeded(payment: facts, succeededAt: now), subject: record.paymentID,
                    tenant: record.organizationID, sequence: booked.sequence, cause: cause)
            ], in: tx)
        let plans = try PlanStore.live(of: booked.settled, in: tx)
        try endPlans(plans.map { ($0, "settled") }, cause: cause, in: tx)
        let settled = Set(booked.settled)
        try admit.waiting(on: held.filter { !settled.contains($0) }, cause: cause, in: tx)
    }
}
