public import Primitives

/// Who asks for the one lease of a payable.
public enum LeaseApplicant: Hashable, Sendable {
    /// A person who pays now: by link, by button, or by recording money by hand.
    case person
    /// An automatic payment whose day has come.
    case plan
}

/// What becomes of an application for a payable's lease: one holder at a time, by whatever path money comes.
public enum LeaseDecision: Hashable, Sendable {
    /// Nobody holds it.
    case granted
    /// The holder has sent nothing yet and makes room; its plan waits.
    case replaces(AttemptID)
    /// The plan waits until the holder has ended.
    case waits
    /// Refused; the attempt that holds it.
    case conflict(AttemptID)

    /// Decides an application.
    ///
    /// - Parameters:
    ///   - applicant: Who asks.
    ///   - holder: The attempt that holds the lease, and where it stands.
    /// - Returns: What becomes of it.
    public static func decide(
        for applicant: LeaseApplicant, holder: (attempt: AttemptID, state: AttemptState)?
    ) -> LeaseDecision {
        guard let holder, holder.state.isOpen else { return .granted }
        switch applicant {
        case .plan: return .waits
        case .person:
            return holder.state.isReplaceable ? .replaces(holder.attempt) : .conflict(holder.attempt)
        }
    }
}
