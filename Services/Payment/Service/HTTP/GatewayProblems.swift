import HTTPServer
import Primitives
import ServiceKit

/// What a client is told when the gateway does not do what was asked outside of charging, or a standing order cannot.
enum GatewayProblems {
    static let rule: ProblemMapping.Rule = { error in
        switch error as? GatewayFailure {
        case .unavailable: .unavailable("The card gateway does not answer.", retryAfterSeconds: 5)
        case .refused(let code):
            Problem(
                status: 402, code: "card_refused", title: "The gateway does not accept this card",
                detail: code)
        case nil: (error as? SeriesViolation).map { SeriesProblems.problem($0) }
        }
    }
}
