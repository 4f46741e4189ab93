import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// What follows when an attempt ends without money: the lease is free, the plan goes on or ends, others hear of it.
struct EndAttempt: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let ladder: RetryLadder
    let endPlans: EndPlans
    let admit: AdmitDues
    let orders: EndOrderPayment
    let tryNextCard: TryNextCard

    /// Cancels a locked attempt that must not be sent any more, and ends its plan.
    func withdrawn(
        _ attempt: AttemptID, reason: String, planAs state: ChargePlan.State = .cancelled,
        in tx: borrowing Transaction
    ) throws {
        guard let record = try AttemptRecord.lock(attempt, in: tx), record.state.isReplaceable else { return }
        // One invoice of a standing order is out: what it pays begins again with what is open now.
        guard record.source != .standingOrder else { return try replaced(record, for: nil, in: tx) }
        try record.store(.cancelled(reason: reason), reference: nil, now: clock.now(), in: tx)
        try cancelled(record, reason: reason, planAs: state, in: tx)
    }

    /// After a cancellation: nothing was taken and nothing will be.
    func cancelled(
        _ record: AttemptRecord, reason: String, planAs state: ChargePlan.State = .cancelled,
        in tx: borrowing Transaction
    ) throws {
        let cause = cause(of: record)
        let invoices = try record.invoices(in: tx)
        try release(record, of: invoices, paymentState: "cancelled", in: tx)
        if record.source == .standingOrder {
            try orders.cancelled(record.paymentID, reason: reason, in: tx)
        }
        if let plan = record.planID { try endPlans([(plan, reason)], as: state, cause: cause, in: tx) }
        try admit.waiting(on: invoices, cause: cause, in: tx)
    }

    /// Cancels a locked attempt that must not be sent before a moment: its plan waits for the day, on the same step.
    func putOff(
        _ attempt: AttemptID, to moment: Instant, reason: String, in tx: borrowing Transaction
    ) throws {
        guard let record = try AttemptRecord.lock(attempt, in: tx), record.state.isReplaceable,
            let plan = record.planID, let (step, zone) = try step(of: plan, in: tx)
        else { return }
        let (now, cause) = (clock.now(), cause(of: record))
        try record.store(.cancelled(reason: reason), reference: nil, now: now, in: tx)
        let invoices = try record.invoices(in: tx)
        try release(record, of: invoices, paymentState: "open", in: tx)
        let date = zone.date(at: moment)
        let isLate = zone.instant(of: date, at: .chargeTime) < moment
        let day = Step(number: step, date: isLate ? date.adding(days: 1) : date, zone: zone)
        try outbox.write(reschedule(plan, day, code: reason, now: now, cause: cause, in: tx), in: tx)
        try admit.waiting(on: invoices, cause: cause, in: tx)
    }

    /// A locked attempt that has sent nothing makes room for a person's payment of an invoice; its plan waits for that, its
    /// standing order begins again.
    func replaced(
        _ record: AttemptRecord, for invoice: InvoiceID?, in tx: borrowing Transaction
    ) throws {
        try record.store(.cancelled(reason: "replaced"), reference: nil, now: clock.now(), in: tx)
        let invoices = try record.invoices(in: tx)
        try release(record, of: invoices, paymentState: "open", in: tx)
        if record.source == .standingOrder {
            try orders.replaced(record.paymentID, in: tx)
            try admit.waiting(on: invoices.filter { $0 != invoice }, cause: cause(of: record), in: tx)
        }
        guard let plan = record.planID else { return }
        // A card that is not the mandate's has its turn once; the plan keeps to its ladder.
        if record.choice.card != nil,
            let next = try goesOn(record, Decline(.soft, code: "replaced"), now: clock.now(), in: tx).step
        {
            let events = try reschedule(
                plan, next, code: "replaced", now: clock.now(), cause: cause(of: record), in: tx)
            return try outbox.write(events, in: tx)
        }
        try tx.send(
            """
            WITH b AS (UPDATE payables SET has_waiting_plan = true WHERE invoice_id = $2)
            UPDATE plans SET state = 'waiting', updated_at = $3 WHERE plan_id = $1 AND state = 'charging'
            """, [plan, record.invoiceID, clock.now()])
    }

    /// After a refusal: the payer's next card where one may stand in, else the ladder's next step where there is one, else
    /// the plan has failed.
    func declined(_ record: AttemptRecord, _ decline: Decline, in tx: borrowing Transaction) throws {
        let now = clock.now()
        let cause = cause(of: record)
        try CardTryStore.refused(record, decline, now: now, in: tx)
        if let sequence = try tryNextCard(after: record, decline, cause: cause, in: tx) {
            let failed = PaymentFailed(
                payment: record.facts, declineClass: decline.published, code: decline.code,
                triesNextCard: true)
            return try outbox.write(
                try OutgoingEvent(
                    failed, subject: record.paymentID, tenant: record.organizationID, sequence: sequence,
                    cause: cause), in: tx)
        }
        let (next, isCardLost) = try goesOn(record, decline, now: now, in: tx)
        let goesOn: EndOrderPayment.GoesOn =
            record.source == .standingOrder
            ? try orders.declined(record, decline, cause: cause, in: tx) : .on(next?.date)
        var retryDay: CivilDate?
        if case .on(let day) = goesOn { retryDay = day }
        let invoices = try record.invoices(in: tx)
        let sequence = try release(
            record, of: invoices, paymentState: goesOn == .on(nil) ? "failed" : "open", raisesSequence: true,
            in: tx)
        var facts = record.facts
        if facts.allocations.isEmpty {
            facts.allocations = invoices.map { Allocation(invoiceID: $0, amountMinor: 0) }
        }
        let failed = PaymentFailed(
            payment: facts, declineClass: decline.published, code: decline.code,
            nextAttemptOn: retryDay, triesNextCard: goesOn == .withNextCard ? true : nil)
        var events = [
            try OutgoingEvent(
                failed, subject: record.paymentID, tenant: record.organizationID, sequence: sequence,
                cause: cause)
        ]
        if let plan = record.planID {
            if let next {
                events += try reschedule(plan, next, code: decline.code, now: now, cause: cause, in: tx)
            } else {
                try endPlans([(plan, decline.code)], as: .failed, cause: cause, in: tx)
                if isCardLost {
                    try suspendMandate(of: plan, now: now, cause: cause, in: tx)
                }
            }
        }
        try outbox.write(events, in: tx)
        try admit.waiting(on: invoices, cause: cause, in: tx)
    }

    private func cause(of record: AttemptRecord) -> EventCause {
        EventCause(
            correlationID: record.correlationID, causationID: record.causationID, traceparent: nil,
            clockTime: clock.now())
    }

    @discardableResult
    private func release(
        _ record: AttemptRecord, of invoices: [InvoiceID], paymentState: String, raisesSequence: Bool = false,
        in tx: borrowing Transaction
    ) throws -> Int64 {
        if let wallet = record.walletID, record.walletMinor > 0 {
            try WalletStore.hold(-record.walletMinor, of: wallet, in: tx)
        }
        return try tx.query(
            """
            WITH b AS (UPDATE payables SET leased_by = NULL, link_used_generation = NULL
                        WHERE invoice_id = ANY ($2) AND leased_by = $3)
            UPDATE payments SET state = $4, sequence = sequence + $5 WHERE payment_id = $1 RETURNING sequence
            """,
            [
                record.paymentID, invoices, record.attemptID, paymentState,
                raisesSequence ? 1 : 0 as Int64,
            ]
        ).scalar() ?? 0
    }

    private struct Step {
        let number: Int
        let date: CivilDate
        let zone: Zone
    }

    /// How a plan goes on after a refusal; without a step it has failed, and its mandate may have lost its card.
    ///
    /// A refusal of a card that is not the mandate's says nothing about the mandate's. A card that was tried between two
    /// steps leaves the plan where it was.
    private func goesOn(
        _ record: AttemptRecord, _ decline: Decline, now: Instant, in tx: borrowing Transaction
    ) throws -> (step: Step?, isCardLost: Bool) {
        guard let plan = record.planID,
            let row = try tx.query(
                """
                SELECT p.step, b.zone, p.charge_on, coalesce(w.reference = $2, false), r.retry_days
                  FROM plans p JOIN payables b ON b.invoice_id = p.invoice_id
                  JOIN mandates m ON m.mandate_id = p.mandate_id
                  JOIN payment_methods w ON w.payment_method_id = m.payment_method_id
                  LEFT JOIN charging_rules r ON r.organization_id = p.organization_id
                 WHERE p.plan_id = $1
                """, [plan, record.method?.reference]
            ).first
        else { return (nil, false) }
        let step: Int = try row[0]
        let zone = Zone(try row.get(1, as: String.self)) ?? .utc
        if try row[3], !decline.isRetriable { return (nil, decline.declineClass == .hard) }
        if record.choice.isOfNewCard {
            return (Step(number: step, date: try row[2], zone: zone), false)
        }
        let ladder = try ChargingRulesStore.ladder(row.get(4), or: ladder)
        guard let days = ladder.daysUntilNextTry(afterStep: step) else { return (nil, false) }
        return (Step(number: step + 1, date: zone.date(at: now).adding(days: days), zone: zone), false)
    }

    /// Where a plan stands, and the zone of its sender.
    private func step(
        of plan: ChargePlanID, in tx: borrowing Transaction
    ) throws -> (number: Int, zone: Zone)? {
        try tx.query(
            """
            SELECT p.step, b.zone FROM plans p JOIN payables b ON b.invoice_id = p.invoice_id WHERE p.plan_id = $1
            """, [plan]
        ).first.map { (try $0[0], Zone(try $0.get(1, as: String.self)) ?? .utc) }
    }

    private func reschedule(
        _ plan: ChargePlanID, _ step: Step, code: String, now: Instant, cause: EventCause,
        in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        let changed = try PlanStore.reschedule(
            plan, step: step.number, on: step.date, reason: code, now: now, in: tx)
        guard let changed else { return [] }
        let request = ScheduleChanged(
            schedule: ScheduleRequest(
                scheduleID: ChargePlan.scheduleID(of: plan), generation: changed.generation,
                organizationID: changed.organizationID, kind: ChargeSchedule.kind,
                rule: ScheduleRule(date: step.date, time: .chargeTime), zone: step.zone, catchUp: .all,
                planID: plan,
                step: step.number))
        return [
            try EndPlans.changedEvent(changed, cause: cause), try ChargeSchedule.event(request, cause: cause),
        ]
    }

    /// A card that will never work again must not be charged for the next invoice either.
    private func suspendMandate(
        of plan: ChargePlanID, now: Instant, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        let suspended = try MandateStore.suspend(of: plan, now: now, in: tx)
        try outbox.write(
            suspended.map { try $0.changedEvent(reason: .cardRefused, cause: cause) }, in: tx)
    }
}

extension Decline {
    /// The word that events use.
    var published: DeclineClass {
        switch declineClass {
        case .hard: .hard
        case .soft: .soft
        case .insufficient: .insufficient
        case .authentication: .authentication
        }
    }
}
