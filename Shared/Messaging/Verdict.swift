import Postgres

/// What is to happen with one message.
enum Verdict: Sendable, Equatable {
    /// It is settled; the label is for the metrics.
    case done(result: String)
    /// It is tried again later.
    case retry(error: String)
    /// It becomes a dead letter.
    case dead(reason: String, detail: String)
    /// The database is away: the message waits, and the failure is not its own.
    case wait(error: String)
    /// The process is ending.
    case leave

    /// What follows from an error of a transaction that handled this message alone.
    init(_ error: any Error) {
        switch error {
        case let failure as HandlingFailure:
            switch failure {
            case .transient(let cause): self = .retry(error: cause)
            case .permanent(let reason): self = .dead(reason: "permanent", detail: reason)
            case .obsolete: self = .done(result: "obsolete")
            }
        case let failure as PostgresError where failure.code == .poolStopped: self = .leave
        case let failure as PostgresError where failure.isInfrastructure:
            self = .wait(error: failure.description)
        case is CancellationError: self = .leave
        default: self = .retry(error: "\(error)")
        }
    }

    /// Whether an error of a whole batch says nothing about its messages.
    static func isAboutDatabase(_ error: any Error) -> Bool {
        switch Verdict(error) {
        case .wait, .leave: true
        case .done, .retry, .dead: false
        }
    }
}
