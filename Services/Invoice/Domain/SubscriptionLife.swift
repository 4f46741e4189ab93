/// Where a subscription stands, apart from whether its invoices are paid.
public enum SubscriptionState: String, Sendable, Hashable, CaseIterable {
    /// Nothing is charged yet.
    case trialing
    /// One period follows the other.
    case active
    /// The period that was paid runs to its end; no other follows until it is resumed.
    case paused
    /// Over, for good.
    case cancelled
}

/// What a period of a subscription is.
public enum PeriodKind: String, Sendable, Hashable, CaseIterable {
    /// Free of charge.
    case trial
    /// Paid in advance, its usage afterwards.
    case paid
    /// Between a pause and what resumes it; not charged.
    case rest
    /// Has no length: what is left is invoiced at its moment.
    case end
}

/// Why something is not allowed with a subscription.
public enum SubscriptionRuleViolation: Error, Sendable, Hashable, CaseIterable {
    /// It is over.
    case isCancelled
    /// It is paused already.
    case isPaused
    /// It ends with its period already.
    case endsAlready
    /// It neither is paused nor ends with its period.
    case nothingToResume
}

/// The rules by which a subscription's state changes.
public struct SubscriptionLife: Sendable, Hashable {
    /// Where it stands.
    public private(set) var state: SubscriptionState
    /// Whether it ends with its present period.
    public private(set) var endsWithPeriod: Bool

    /// A life as it was stored.
    public init(state: SubscriptionState, endsWithPeriod: Bool = false) {
        self.state = state
        self.endsWithPeriod = endsWithPeriod
    }

    /// Ends it at once.
    public mutating func cancelNow() throws(SubscriptionRuleViolation) {
        guard state != .cancelled else { throw .isCancelled }
        state = .cancelled
        endsWithPeriod = false
    }

    /// Lets it end with its period.
    public mutating func cancelAtEnd() throws(SubscriptionRuleViolation) {
        guard state != .cancelled else { throw .isCancelled }
        guard !endsWithPeriod else { throw .endsAlready }
        endsWithPeriod = true
    }

    /// Lets no further period follow.
    public mutating func pause() throws(SubscriptionRuleViolation) {
        switch state {
        case .cancelled: throw .isCancelled
        case .paused: throw .isPaused
        case .trialing, .active: state = .paused
        }
    }

    /// Takes back a pause, and an end that has not come yet.
    ///
    /// - Parameter kind: What the present period is.
    /// - Throws: `SubscriptionRuleViolation` when there is nothing to take back.
    public mutating func resume(in kind: PeriodKind) throws(SubscriptionRuleViolation) {
        guard state != .cancelled else { throw .isCancelled }
        guard state == .paused || endsWithPeriod else { throw .nothingToResume }
        endsWithPeriod = false
        if state == .paused { state = kind == .trial ? .trialing : .active }
    }

    /// Whether items can be changed.
    public func checkChange() throws(SubscriptionRuleViolation) {
        switch state {
        case .cancelled: throw .isCancelled
        case .paused: throw .isPaused
        case .trialing, .active: return
        }
    }

    /// What follows when the present period is over.
    public mutating func passEnd() -> PeriodKind {
        if endsWithPeriod {
            state = .cancelled
            endsWithPeriod = false
            return .end
        }
        switch state {
        case .cancelled: return .end
        case .paused: return .rest
        case .trialing, .active:
            state = .active
            return .paid
        }
    }
}
