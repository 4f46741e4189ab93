import HTTPServer
import InvoiceDomain

/// What a client is told when the life of a subscription does not allow something.
enum SubscriptionProblems {
    static func problem(_ violation: SubscriptionRuleViolation) -> Problem {
        switch violation {
        case .isCancelled: .conflict("subscription_cancelled", "The subscription is cancelled")
        case .isPaused: .conflict("subscription_paused", "The subscription is paused", "Resume it first.")
        case .endsAlready:
            .conflict("subscription_ends_already", "The subscription ends with its period already")
        case .nothingToResume:
            .conflict(
                "nothing_to_resume", "The subscription is neither paused nor about to end")
        }
    }
}
