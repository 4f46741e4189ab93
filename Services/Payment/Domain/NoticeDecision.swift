/// What becomes of the gateway's own news about a charge.
///
/// The news may come before the answer to our request, after it, twice, in any order, or about something that has long
/// gone on. It is applied like an answer where it says something new; money is never booked twice, and money that fits
/// nowhere is shown to a person.
public enum NoticeDecision: Hashable, Sendable {
    /// It is applied to the attempt like an answer.
    case apply
    /// It says nothing that is not known, or is older than what is known.
    case nothing
    /// A refusal while the payer could still confirm the same charge: it must be ended at the gateway before anything
    /// else may be charged.
    case end
    /// The attempt is between two sends under the same key, whose answer will tell the same.
    case later
    /// Money that fits nowhere; a person has to look.
    case review(reason: String)

    /// Decides about news.
    ///
    /// - Parameters:
    ///   - outcome: What the gateway says.
    ///   - hasOtherAmount: Whether it names another amount or currency than the attempt.
    ///   - state: Where the attempt stands; nil for one that nobody knows here.
    /// - Returns: What becomes of it.
    public static func decide(
        _ outcome: GatewayOutcome, hasOtherAmount: Bool, state: AttemptState?
    ) -> NoticeDecision {
        switch outcome {
        case .charged(let reference): charged(reference, hasOtherAmount: hasOtherAmount, state: state)
        case .needsAction: state.map(needsAction) ?? .nothing
        case .refused: state.map(refused) ?? .nothing
        case .notExecuted, .rejected, .keyInUse, .lost: .nothing
        }
    }

    private static func charged(
        _ reference: String, hasOtherAmount: Bool, state: AttemptState?
    ) -> NoticeDecision {
        guard let state else { return .review(reason: "unknown_attempt") }
        guard !hasOtherAmount else { return .review(reason: "other_amount") }
        switch state {
        case .inFlight, .requiresAction, .unknown, .needsReview: return .apply
        case .held, .ready: return .later
        case .succeeded(let known): return known == reference ? .nothing : .review(reason: "second_charge")
        case .declined, .cancelled: return .review(reason: "charged_after_the_end")
        }
    }

    private static func needsAction(_ state: AttemptState) -> NoticeDecision {
        switch state {
        case .inFlight, .unknown: .apply
        case .held, .ready, .requiresAction, .needsReview, .succeeded, .declined, .cancelled: .nothing
        }
    }

    private static func refused(_ state: AttemptState) -> NoticeDecision {
        switch state {
        case .inFlight, .unknown: .apply
        case .requiresAction: .end
        case .held, .ready, .needsReview, .succeeded, .declined, .cancelled: .nothing
        }
    }
}
