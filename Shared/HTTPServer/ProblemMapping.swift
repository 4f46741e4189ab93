public import Observability
import Primitives

/// The one place where errors become problems.
///
/// A service adds its own rules, which are asked in order before the standard ones: domain violations, lost database
/// connections and the like.
public struct ProblemMapping: Sendable {
    /// Gives the problem of an error, or nil when another rule is to be asked.
    public typealias Rule = @Sendable (any Error) -> Problem?

    private let rules: [Rule]

    /// A mapping with rules of its own in front of the standard ones.
    public init(_ rules: [Rule] = []) {
        self.rules = rules
    }

    /// The problem of an error; what no rule knows is logged and answered as 500 without its details.
    public func problem(for error: any Error, log: Log) -> Problem {
        for rule in rules {
            if let problem = rule(error) { return problem }
        }
        switch error {
        case let problem as Problem:
            return problem
        case let invalid as InvalidFields:
            return .invalid(invalid.errors)
        case let field as FieldError:
            return .invalid([field])
        case let syntax as JSONSyntaxError:
            return Problem(malformed: syntax)
        case is CancellationError:
            return .unavailable("The request was given up.")
        default:
            log.error("request failed", ["error": LogValue(error: error)])
            return .unexpected
        }
    }
}
