public import Primitives

/// What can happen to an attempt.
public enum AttemptEvent: Hashable, Sendable {
    /// A person lets a held attempt go.
    case released
    /// An executor takes it to send it.
    case claimed(AttemptLease)
    /// An executor found that it must not be sent any more.
    case withdrawn(reason: String)
    /// The gateway's answer to the sender, or the news that none came.
    case answered(GatewayOutcome)
    /// The sender's lease ran out.
    case leaseExpired
    /// A look-up, or a replay under the same key, told what became of an unknown attempt.
    case lookedUp(LookUp)
    /// The time to confirm ran out and the gateway has cancelled.
    case confirmationExpired
    /// A person has found out what happened.
    case resolved(Resolution)

    /// What a look-up of an unknown attempt brought.
    public enum LookUp: Hashable, Sendable {
        /// The outcome.
        case found(GatewayOutcome)
        /// Nothing yet; it may still appear.
        case nothing
        /// Nothing, and it is certain that the request can no longer take effect.
        case impossible
    }

    /// What a person found out.
    public enum Resolution: Hashable, Sendable {
        /// The money was taken.
        case charged(reference: String)
        /// No money was taken and none can be any more.
        case notCharged
    }
}

/// An event that makes no sense in a state, so that nothing may change.
public struct AttemptRuleViolation: Error, Hashable, Sendable {
    /// Where the attempt stood.
    public let state: AttemptState
    /// What was said to have happened.
    public let event: AttemptEvent

    /// A violation.
    public init(state: AttemptState, event: AttemptEvent) {
        self.state = state
        self.event = event
    }
}

/// The pure rules of one attempt: state and event in, state out.
///
/// Storing it and calling the gateway is the shell's.
public struct AttemptMachine: Hashable, Sendable {
    /// When to look up what became of an unknown attempt.
    public let lookUps: LookUpSchedule
    /// How long to wait after a request that was certainly not executed, doubling with each.
    public let notExecuted: DoublingDelay
    /// How long a payer may take to confirm.
    public let confirmation: Duration

    /// Rules with their delays.
    public init(lookUps: LookUpSchedule, notExecuted: DoublingDelay, confirmation: Duration) {
        self.lookUps = lookUps
        self.notExecuted = notExecuted
        self.confirmation = confirmation
    }

    /// The state after an event.
    ///
    /// - Parameters:
    /// - state: Where the attempt stands.
    /// - event: What happened.
    /// - sends: How often it has been sent so far, for the waiting times.
    /// - now: The injected clock's time.
    /// - Returns: Where it stands then.
    /// - Throws: `AttemptRuleViolation` for an event that makes no sense in the state.
    public func state(
        after state: AttemptState, on event: AttemptEvent, sends: Int, now: Instant
    ) throws(AttemptRuleViolation) -> AttemptState {
        switch (state, event) {
        case (.held, .released): .ready(notBefore: now)
        case (.held, .withdrawn(let reason)), (.ready, .withdrawn(let reason)): .cancelled(reason: reason)
        case (.ready(let notBefore), .claimed(let lease)) where notBefore <= now: .inFlight(lease)
        case (.inFlight, .answered(let outcome)): afterSend(outcome, sends: sends, now: now)
        case (.inFlight, .leaseExpired): .unknown(lookUps: 0, next: now)
        case (.requiresAction, .answered(let outcome)): afterConfirmation(outcome, state: state, now: now)
        case (.requiresAction, .confirmationExpired):
            .declined(Decline(.authentication, code: "confirmation_expired"))
        case (.unknown(let count, _), .lookedUp(let lookUp)):
            afterLookUp(lookUp, count: count, sends: sends, now: now)
        case (.unknown, .answered(let outcome)):
            afterLookUp(.found(outcome), count: 0, sends: sends, now: now)
        case (.unknown, .resolved(let resolution)), (.needsReview, .resolved(let resolution)):
            resolved(resolution)
        case (.needsReview, .answered(.charged(let reference))): .succeeded(reference: reference)
        default: throw AttemptRuleViolation(state: state, event: event)
        }
    }

    private func afterSend(_ outcome: GatewayOutcome, sends: Int, now: Instant) -> AttemptState {
        switch outcome {
        case .charged(let reference): .succeeded(reference: reference)
        case .refused(let decline, _): .declined(decline)
        case .needsAction: .requiresAction(until: now + confirmation)
        // How much is sent then is the budget's matter: the gateway's own time suffices.
        case .notExecuted(.rateLimited, let retryAfter?): .ready(notBefore: now + retryAfter)
        case .notExecuted(_, let retryAfter):
            .ready(notBefore: now + max(retryAfter ?? .zero, notExecuted.delay(afterTries: sends)))
        case .rejected(let code): .needsReview(reason: "gateway_rejected: \(code)")
        case .keyInUse, .lost: .unknown(lookUps: 0, next: now + lookUps.delay(afterLookUps: 0))
        }
    }

    /// While a payer confirms, an answer that says nothing new leaves everything as it is.
    private func afterConfirmation(_ outcome: GatewayOutcome, state: AttemptState, now: Instant)
        -> AttemptState
    {
        switch outcome {
        case .charged(let reference): .succeeded(reference: reference)
        case .refused(let decline, _): .declined(decline)
        case .needsAction, .notExecuted, .rejected, .keyInUse, .lost: state
        }
    }

    private func afterLookUp(_ lookUp: AttemptEvent.LookUp, count: Int, sends: Int, now: Instant)
        -> AttemptState
    {
        switch lookUp {
        case .found(.charged(let reference)): .succeeded(reference: reference)
        case .found(.refused(let decline, _)): .declined(decline)
        case .found(.needsAction): .requiresAction(until: now + confirmation)
        case .impossible: .cancelled(reason: "never_arrived")
        // A replay that was not executed or was lost tells nothing about the first request.
        case .nothing, .found(.notExecuted), .found(.keyInUse), .found(.lost), .found(.rejected):
            count + 1 < lookUps.maximumLookUps
                ? .unknown(lookUps: count + 1, next: now + lookUps.delay(afterLookUps: count + 1))
                : .needsReview(reason: "outcome_unknown")
        }
    }

    private func resolved(_ resolution: AttemptEvent.Resolution) -> AttemptState {
        switch resolution {
        case .charged(let reference): .succeeded(reference: reference)
        case .notCharged: .cancelled(reason: "resolved_not_charged")
        }
    }
}
