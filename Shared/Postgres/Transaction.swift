/// A transaction in progress.
///
/// It can be neither copied nor stored, and the closure that gets it is synchronous: nothing can be awaited while
/// it is open, so no call to another system ever happens with rows locked. Its closure may run more than once (see
/// ``PostgresPool/transaction(_:_:)``) and must have no effect outside the database; use ``afterCommit(_:)`` for those.
public struct Transaction: ~Copyable {
    private let connection: Connection
    private let hooks: CommitHooks

    init(on connection: Connection, hooks: CommitHooks) {
        self.connection = connection
        self.hooks = hooks
    }

    /// Runs a statement and returns the number of rows it changed.
    @discardableResult
    public borrowing func execute(
        _ sql: String, _ parameters: [any PostgresEncodable] = []
    ) throws(PostgresError) -> Int {
        try connection.run(sql, parameters).affected
    }

    /// Runs a statement and returns its rows.
    public borrowing func query(
        _ sql: String, _ parameters: [any PostgresEncodable] = []
    ) throws(PostgresError) -> Rows {
        try connection.run(sql, parameters)
    }

    /// Sends a change without waiting for its answer, so that several cost one round trip.
    ///
    /// The changes take place in the order of the calls. What one fails with is thrown by the next ``execute(_:_:)``
    /// or ``query(_:_:)``, or by the commit: use it where no failure is expected that the caller would handle.
    public borrowing func send(_ sql: String, _ parameters: [any PostgresEncodable] = [])
        throws(PostgresError)
    {
        try connection.send(sql, parameters)
    }

    /// Runs `work`, which must be quick, on the connection's thread if and when the commit has succeeded.
    public borrowing func afterCommit(_ work: @escaping @Sendable () -> Void) {
        hooks.add(work)
    }
}

/// What to do after a commit; one list per attempt.
final class CommitHooks {
    private var list: [@Sendable () -> Void] = []

    func add(_ work: @escaping @Sendable () -> Void) { list.append(work) }

    func run() { for work in list { work() } }
}

/// How a transaction is begun.
public struct TransactionOptions: Sendable, Hashable {
    /// What the transaction sees of others.
    public enum Isolation: String, Sendable {
        /// Each statement sees what was committed before it.
        case readCommitted = "READ COMMITTED"
        /// All statements see the same snapshot.
        case repeatableRead = "REPEATABLE READ"
        /// As if transactions ran one after the other.
        case serializable = "SERIALIZABLE"
    }

    /// What the transaction sees of others.
    public let isolation: Isolation
    /// Whether writes are refused.
    public let isReadOnly: Bool

    /// Chooses isolation and access.
    public init(isolation: Isolation, isReadOnly: Bool) {
        self.isolation = isolation
        self.isReadOnly = isReadOnly
    }

    /// Read committed, for reading and writing: the rule.
    public static let readWrite = TransactionOptions(isolation: .readCommitted, isReadOnly: false)
    /// One snapshot for several reads.
    public static let snapshot = TransactionOptions(isolation: .repeatableRead, isReadOnly: true)

    var begin: String {
        "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(isReadOnly ? " READ ONLY" : " READ WRITE")"
    }
}
