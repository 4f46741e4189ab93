/// When a mail that was not taken is tried again, by the class of the reply.
public struct DeliveryPolicy: Hashable, Sendable {
    /// What became of one attempt.
    public enum Outcome: Hashable, Sendable {
        /// The mail server has taken it.
        case taken
        /// The mail server does not want it now.
        case refusedForNow
        /// The mail server will never take it.
        case refusedForGood
        /// There was no usable conversation; it says nothing about the mail.
        case notReached
    }

    /// What to do next.
    public enum Step: Hashable, Sendable {
        /// It is out.
        case done
        /// Try again after this time.
        case retry(after: Duration)
        /// Give up.
        case giveUp
    }

    /// The waits after each refusal; after the last the mail is given up.
    public let refusalDelays: [Duration]
    /// The wait after a server could not be reached; such attempts are not counted.
    public let unreachableDelay: Duration

    /// A policy.
    public init(refusalDelays: [Duration], unreachableDelay: Duration) {
        self.refusalDelays = refusalDelays
        self.unreachableDelay = unreachableDelay
    }

    /// What follows from an outcome.
    ///
    /// - Parameters:
    ///   - outcome: The outcome of this attempt.
    ///   - refusals: How often the mail was refused before.
    /// - Returns: What to do next.
    public func step(after outcome: Outcome, refusals: Int) -> Step {
        switch outcome {
        case .taken: .done
        case .refusedForGood: .giveUp
        case .notReached: .retry(after: unreachableDelay)
        case .refusedForNow:
            refusalDelays.indices.contains(refusals) ? .retry(after: refusalDelays[refusals]) : .giveUp
        }
    }
}
