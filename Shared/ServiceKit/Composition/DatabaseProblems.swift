import HTTPServer
import Postgres

/// What a client is told when the database is away or busy: try again soon.
///
/// Nothing of the statement is shown.
enum DatabaseProblems {
    static let rule: ProblemMapping.Rule = { error in
        guard let error = error as? PostgresError else { return nil }
        if error.isInfrastructure || error.isRetryable || error.code == .lockTimeout {
            return .unavailable("The database does not answer in time.")
        }
        return nil
    }
}
