import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Applies one event to one attempt: the pure machine decides the state, this stores it and what follows from it.
///
/// Successes of a batch go through `RecordSuccesses` instead; the rules are the same.
struct RecordAnswer: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let machine: AttemptMachine
    let successes: RecordSuccesses
    let endAttempt: EndAttempt
    let orders: RecordOrderSuccess
    /// The page on which payers confirm; the attempt's id follows.
    let confirmationPage: String

    /// Why a person's payment ended that the gateway certainly did not carry out.
    static let notExecuted = "not_executed"

    /// Applies an event to an attempt, which it locks.
    ///
    /// Returns the state then; nil when the attempt is unknown, held under another lease, or past such an event.
    @discardableResult
    func callAsFunction(
        _ event: AttemptEvent, to attempt: AttemptID, under token: RawID?, in tx: borrowing Transaction
    ) throws -> AttemptState? {
        guard let record = try AttemptRecord.lock(attempt, in: tx), token == nil || record.leaseToken == token
        else {
            return nil
        }
        return try apply(event, to: record, in: tx)
    }

    /// Applies an event to an attempt that is locked already.
    @discardableResult
    func apply(_ event: AttemptEvent, to record: AttemptRecord, in tx: borrowing Transaction) throws
        -> AttemptState?
    {
        let now = clock.now()
        let state: AttemptState
        do throws(AttemptRuleViolation) {
            state = try machine.state(after: record.state, on: event, sends: record.sends, now: now)
        } catch {
            // Late or repeated news about an attempt that has gone on: what is stored stays.
            return nil
        }
        switch state {
        case .succeeded(let reference): try succeed(record, reference: reference, in: tx)
        case .declined(let decline):
            try record.store(state, reference: event.reference, now: now, in: tx)
            try endAttempt.declined(record, decline, in: tx)
        case .cancelled(let reason):
            try record.store(state, reference: event.reference, now: now, in: tx)
            try endAttempt.cancelled(record, reason: reason, in: tx)
        case .unknown, .needsReview:
            try record.store(state, reference: event.reference, now: now, in: tx)
            try announce(record, isUnknown: true, in: tx)
        case .requiresAction(let until):
            try record.store(state, reference: event.reference, now: now, in: tx)
            try announce(record, isUnknown: false, in: tx)
            if record.isOffSession, !record.state.waitsForPayer {
                try callPayer(record, before: until, in: tx)
            }
        case .ready where record.isPersonal:
            // Whoever paid was there and is told; nobody would send it again, and it must not hold the invoice.
            let cancelled = AttemptState.cancelled(reason: Self.notExecuted)
            try record.store(cancelled, reference: nil, now: now, in: tx)
            try endAttempt.cancelled(record, reason: Self.notExecuted, in: tx)
            return cancelled
        case .held, .ready, .inFlight:
            try record.store(state, reference: event.reference, now: now, in: tx)
        }
        return state
    }

    /// A success outside of a batch: the lease is renewed for the booking, which asks for it.
    private func succeed(_ record: AttemptRecord, reference: String, in tx: borrowing Transaction) throws {
        guard record.source != .standingOrder else {
            return try orders(record, reference: reference, in: tx)
        }
        let token = RawID.random()
        try tx.send(
            "UPDATE attempts SET lease_token = $2 WHERE attempt_id = $1", [record.attemptID, token])
        _ = try successes([.init(attemptID: record.attemptID, token: token, reference: reference)], in: tx)
    }

    /// Tells once that an attempt is under way, or that nobody knows what became of it.
    func announce(_ record: AttemptRecord, isUnknown: Bool, in tx: borrowing Transaction) throws {
        guard !record.isAnnounced else { return }
        let sequence = try tx.query(
            """
            WITH a AS (UPDATE attempts SET is_announced = true WHERE attempt_id = $2)
            UPDATE payments SET sequence = sequence + 1 WHERE payment_id = $1 RETURNING sequence
            """, [record.paymentID, record.attemptID]
        ).scalar(as: Int64.self)
        let cause = EventCause(
            correlationID: record.correlationID, causationID: record.causationID, traceparent: nil,
            clockTime: clock.now())
        try outbox.write(
            [
                try OutgoingEvent(
                    PaymentProcessing(payment: record.facts, isUnknown: isUnknown), subject: record.paymentID,
                    tenant: record.organizationID, sequence: sequence, cause: cause)
            ], in: tx)
    }
}

extension RecordAnswer {
    /// Asks the payer, who is not there, to confirm at the bank.
    private func callPayer(
        _ record: AttemptRecord, before moment: Instant, in tx: borrowing Transaction
    ) throws {
        let sequence = try tx.query(
            "UPDATE payments SET sequence = sequence + 1 WHERE payment_id = $1 RETURNING sequence",
            [record.paymentID]
        ).scalar(as: Int64.self)
        let required = PaymentActionRequired(
            payment: record.facts, confirmBefore: moment,
            page: confirmationPage + record.attemptID.description)
        let cause = EventCause(
            correlationID: record.correlationID, causationID: record.causationID, traceparent: nil,
            clockTime: clock.now())
        try outbox.write(
            try OutgoingEvent(
                required, subject: record.paymentID, tenant: record.organizationID, sequence: sequence,
                cause: cause), in: tx)
    }
}

extension AttemptRecord {
    /// Whether a person makes it and waits for what becomes of it.
    fileprivate var isPersonal: Bool { planID == nil && source != .standingOrder }
}

extension AttemptState {
    var waitsForPayer: Bool {
        if case .requiresAction = self { return true }
        return false
    }
}

extension AttemptEvent {
    /// The gateway's name of the payment, where the event brought it.
    var reference: String? {
        switch self {
        case .answered(let outcome), .lookedUp(.found(let outcome)): outcome.reference
        case .resolved(.charged(let reference)): reference
        default: nil
        }
    }
}

extension GatewayOutcome {
    fileprivate var reference: String? {
        switch self {
        case .charged(let reference), .needsAction(let reference): reference
        case .refused(_, let reference): reference
        case .notExecuted, .rejected, .keyInUse, .lost: nil
        }
    }
}
