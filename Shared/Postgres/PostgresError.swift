/// What went wrong in the database or on the way to it.
public struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    public enum Code: String, Sendable, CaseIterable {
        /// No connection could be made; nothing was sent.
        case connectionFailed
        /// The connection ended before COMMIT was sent; the transaction did not happen.
        case connectionLost
        /// The connection ended while COMMIT was on its way; the transaction happened or did not.
        case outcomeUnknown
        /// Too much work is waiting for a connection, or this work waited too long.
        case poolExhausted
        /// The pool is being stopped.
        case poolStopped
        /// A concurrent transaction made this one impossible (40001).
        case serializationFailure
        /// Two transactions waited for each other (40P01).
        case deadlock
        /// A unique or exclusion constraint was violated.
        case uniqueViolation
        /// A foreign key was violated.
        case foreignKeyViolation
        /// A CHECK constraint was violated.
        case checkViolation
        /// A required column was NULL.
        case notNullViolation
        /// A lock was not granted within the lock time-out.
        case lockTimeout
        /// The statement ran longer than the statement time-out, or was cancelled.
        case statementTimeout
        /// The server has no disk space left.
        case diskFull
        /// The server, or the transaction, is read-only.
        case readOnly
        /// The role lacks a privilege.
        case insufficientPrivilege
        /// The server lacks memory, connections or another resource.
        case insufficientResources
        /// A value was refused: out of range, malformed, a NUL in a text (class 22).
        case invalidData
        /// The statement does not fit the schema (class 42).
        case invalidStatement
        /// A statement failed earlier and its error was swallowed, so COMMIT rolled back.
        case transactionAborted
        /// A migration is at odds with the database's history.
        case migration
        /// A result could not be read as the requested type.
        case decoding
        /// Anything else; see `sqlState`.
        case other
    }

    /// The kind of failure.
    public let code: Code
    /// The five-character SQLSTATE, where the server reported one.
    public let sqlState: String?
    /// A description for the log, without parameter values except where the server quotes one.
    public let message: String
    /// The constraint that was violated.
    public let constraint: String?

    /// Describes a failure.
    public init(code: Code, sqlState: String? = nil, message: String, constraint: String? = nil) {
        self.code = code
        self.sqlState = sqlState
        self.message = message
        self.constraint = constraint
    }

    /// Whether running the same transaction again at once may succeed.
    public var isRetryable: Bool { code == .serializationFailure || code == .deadlock }

    /// Whether the database, rather than the work, is at fault: wait for it instead of giving up on the work.
    public var isInfrastructure: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .outcomeUnknown, .poolExhausted, .poolStopped, .diskFull,
            .readOnly,
            .insufficientResources, .insufficientPrivilege:
            true
        case .serializationFailure, .deadlock, .uniqueViolation, .foreignKeyViolation, .checkViolation,
            .notNullViolation, .lockTimeout, .statementTimeout, .invalidData, .invalidStatement,
            .transactionAborted,
            .migration, .decoding, .other:
            false
        }
    }

    /// The kind, the SQLSTATE and the message in one line.
    public var description: String {
        let state = sqlState.map { " (\($0))" } ?? ""
        let name = constraint.map { " [\($0)]" } ?? ""
        return "postgres \(code.rawValue)\(state)\(name): \(message)"
    }
}

extension PostgresError.Code {
    /// Maps a SQLSTATE: the exact states that matter first, then the class.
    init(sqlState: String) {
        switch sqlState {
        case "40001": self = .serializationFailure
        case "40P01": self = .deadlock
        case "23505", "23P01": self = .uniqueViolation
        case "23503": self = .foreignKeyViolation
        case "23514": self = .checkViolation
        case "23502": self = .notNullViolation
        case "55P03": self = .lockTimeout
        case "57014": self = .statementTimeout
        case "53100": self = .diskFull
        case "25006": self = .readOnly
        case "25P02": self = .transactionAborted
        case "42501": self = .insufficientPrivilege
        case "57P03": self = .connectionFailed
        case "57P01", "57P02", "57P05", "25P03": self = .connectionLost
        default: self = Self.ofClass(String(sqlState.prefix(2)))
        }
    }

    private static func ofClass(_ sqlClass: String) -> Self {
        switch sqlClass {
        case "08": .connectionLost
        case "22": .invalidData
        case "28": .connectionFailed
        case "42": .invalidStatement
        case "53": .insufficientResources
        default: .other
        }
    }
}
