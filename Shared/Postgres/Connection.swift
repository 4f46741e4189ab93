import CPostgres
import Glibc

/// One connection, used by the thread that made it and by no other.
///
/// Calls go out without blocking and answers are awaited with a deadline, so a server that stopped in its
/// tracks ends in an error instead of a thread that hangs for ever.
final class Connection {
    private let raw: OpaquePointer
    private let answerTimeout: Duration
    private var prepared: [StatementKey: String] = [:]
    private var preparedCount = 0
    /// What a transaction has sent and not yet asked the answers of, oldest first.
    private var unanswered: [Unanswered] = []
    private var isPipelined = false
    private var parameters = ParameterBuffer()
    private var gaveUp = false

    /// Statements kept per connection; constants in a program stay far below.
    private static let preparedLimit = 512
    /// libpq refuses a message of a gigabyte; a batch near that is a programming mistake.
    private static let parameterByteLimit = 256 << 20

    /// The first retryable failure of the running transaction, even if its body replaced the error by one of its own.
    private(set) var retryableFailure: PostgresError?
    /// Whether the server keeps a plan that its schema has outgrown, so the connection should be replaced.
    private(set) var isStale = false

    init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        answerTimeout = configuration.answerTimeout
        let parameters = configuration.parameters
        let keywords = parameters.map { strdup($0.keyword) } + [nil]
        let values = parameters.map { strdup($0.value) } + [nil]
        defer { (keywords + values).forEach { free($0) } }
        let opened = PQconnectdbParams(
            keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 0)
        guard let opened else {
            throw PostgresError(code: .insufficientResources, message: "libpq has no memory for a connection")
        }
        guard PQstatus(opened) == CONNECTION_OK else {
            defer { PQfinish(opened) }
            throw PostgresError(code: .connectionFailed, message: Self.message(of: opened))
        }
        raw = opened
        PQsetnonblocking(raw, 1)
        // Notices are advice to a person at a prompt; libpq would print them on stderr between our log lines.
        PQsetNoticeProcessor(raw, { _, _ in }, nil)
    }

    deinit { PQfinish(raw) }

    /// Whether the connection can still be used.
    var isAlive: Bool { !gaveUp && PQstatus(raw) == CONNECTION_OK }

    var socket: Int32 { PQsocket(raw) }

    var isInTransaction: Bool { PQtransactionStatus(raw) != PQTRANS_IDLE }

    /// Runs a statement with parameters, prepared once per text and parameter types.
    func run(_ sql: String, _ arguments: [any PostgresEncodable]) throws(PostgresError) -> Rows {
        let result: OpaquePointer
        if isPipelined {
            try send(sql, arguments)
            result = try answers()
        } else {
            let name = try prepare(sql, types: Self.types(of: arguments))
            result = try answer(sent: execute(name, arguments))
        }
        let affected = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        return Rows(ResultStorage(result), affected: affected)
    }

    /// Runs text that may hold several statements and returns the last one's command tag.
    @discardableResult
    func runScript(_ sql: String) throws(PostgresError) -> String {
        let result = try answer(sent: PQsendQuery(raw, sql))
        defer { PQclear(result) }
        return PQcmdStatus(result).map { String(cString: $0) } ?? ""
    }

    /// Reads what has arrived and returns the notifications in it.
    func takeNotifications() throws(PostgresError) -> [PostgresNotification] {
        guard PQconsumeInput(raw) == 1 else { throw lost() }
        var list: [PostgresNotification] = []
        while let notify = PQnotifies(raw) {
            list.append(
                PostgresNotification(
                    channel: String(cString: notify.pointee.relname),
                    payload: String(cString: notify.pointee.extra)))
            PQfreemem(notify)
        }
        return list
    }

    // MARK: - Statements

    private static func types(of arguments: [any PostgresEncodable]) -> [UInt32] {
        arguments.map { type(of: $0).postgresType.oid }
    }

    private func execute(_ name: String, _ arguments: [any PostgresEncodable]) throws(PostgresError) -> Int32
    {
        parameters.fill(arguments)
        guard parameters.byteCount <= Self.parameterByteLimit else {
            throw PostgresError(code: .invalidData, message: "parameters of \(parameters.byteCount) bytes")
        }
        return parameters.withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(raw, name, count, values, lengths, formats, 1)
        }
    }

    private func prepare(_ sql: String, types: [UInt32]) throws(PostgresError) -> String {
        let key = StatementKey(sql: sql, types: types)
        if let name = prepared[key] { return name }
        try forgetPrepared()
        let name = nextName()
        PQclear(try answer(sent: PQsendPrepare(raw, name, sql, Int32(types.count), types)))
        prepared[key] = name
        return name
    }

    /// Makes room when more statements are kept than a program should have.
    private func forgetPrepared() throws(PostgresError) {
        guard prepared.count >= Self.preparedLimit else { return }
        try runScript("DEALLOCATE ALL")
        prepared.removeAll()
    }

    private func nextName() -> String {
        preparedCount += 1
        return "s\(preparedCount)"
    }

    // MARK: - Transactions

    private enum Unanswered {
        case preparation(StatementKey)
        case statement
    }

    /// Whether a statement has succeeded since the transaction began.
    private(set) var wasHeard = false

    /// Begins a transaction together with its first statement: nothing is sent yet.
    func begin(_ sql: String) throws(PostgresError) {
        retryableFailure = nil
        wasHeard = false
        try forgetPrepared()
        guard PQenterPipelineMode(raw) == 1 else { throw refused() }
        isPipelined = true
        try send(sql, [])
    }

    /// Sends a statement of a transaction behind those before it; its answer is read with the next one that is wanted.
    func send(_ sql: String, _ arguments: [any PostgresEncodable]) throws(PostgresError) {
        let types = Self.types(of: arguments)
        let key = StatementKey(sql: sql, types: types)
        let name: String
        if let known = prepared[key] {
            name = known
        } else {
            name = nextName()
            guard PQsendPrepare(raw, name, sql, Int32(types.count), types) == 1 else {
                throw isAlive ? refused() : lost()
            }
            prepared[key] = name
            unanswered.append(.preparation(key))
        }
        guard try execute(name, arguments) == 1 else { throw isAlive ? refused() : lost() }
        unanswered.append(.statement)
    }

    /// Waits for the answers of what was sent, if the server has not been heard in this transaction.
    ///
    /// A connection that was cut while idle must be found out before a commit is on its way.
    func hear() throws(PostgresError) {
        if !wasHeard { PQclear(try answers()) }
    }

    /// Ends a transaction with `COMMIT` or `ROLLBACK` and returns the command tag.
    func end(_ sql: String) throws(PostgresError) -> String {
        try send(sql, [])
        let result = try answers()
        defer { PQclear(result) }
        guard PQexitPipelineMode(raw) == 1 else { throw lost() }
        isPipelined = false
        return PQcmdStatus(result).map { String(cString: $0) } ?? ""
    }

    /// Waits for the answers of all that was sent and returns the last one.
    ///
    /// - Throws: The first failure; the server has skipped what came after it.
    private func answers() throws(PostgresError) -> OpaquePointer {
        var (last, failed): (OpaquePointer?, OpaquePointer?)
        defer {
            PQclear(last)
            PQclear(failed)
        }
        guard PQpipelineSync(raw) == 1 else { throw lost() }
        let deadline = MonotonicTime.now + answerTimeout
        try flush(until: deadline)
        for sent in unanswered {
            guard let result = try nextResult(until: deadline) else { break }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                wasHeard = true
                PQclear(last)
                last = result
                continue
            case PGRES_FATAL_ERROR where failed == nil: failed = result
            default: PQclear(result)
            }
            if case .preparation(let key) = sent { prepared[key] = nil }
        }
        unanswered.removeAll(keepingCapacity: true)
        PQclear(try nextResult(until: deadline))
        if let failed { throw failure(of: failed) }
        guard let answer = last, isAlive else { throw lost() }
        last = nil
        return answer
    }

    /// The result of the next statement, without the mark behind it; nil when there is none.
    private func nextResult(until deadline: MonotonicTime) throws(PostgresError) -> OpaquePointer? {
        try awaitResult(until: deadline)
        guard let result = PQgetResult(raw) else { return nil }
        guard PQresultStatus(result) != PGRES_PIPELINE_SYNC else { return result }
        try awaitResult(until: deadline)
        PQclear(PQgetResult(raw))
        return result
    }

    // MARK: - Answers

    /// Sends what is queued, waits for all results of the request and returns the last one.
    private func answer(sent: Int32) throws(PostgresError) -> OpaquePointer {
        guard sent == 1 else { throw isAlive ? refused() : lost() }
        let deadline = MonotonicTime.now + answerTimeout
        try flush(until: deadline)
        var last: OpaquePointer?
        while true {
            try awaitResult(until: deadline)
            guard let result = PQgetResult(raw) else { break }
            // The first error says why; what follows it only says that the connection has ended.
            if let last, PQresultStatus(last) == PGRES_FATAL_ERROR {
                PQclear(result)
                continue
            }
            if let last { PQclear(last) }
            last = result
            if PQresultStatus(result) == PGRES_COPY_IN || PQresultStatus(result) == PGRES_COPY_OUT {
                gaveUp = true
                break
            }
        }
        guard let last else { throw lost() }
        switch PQresultStatus(last) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            guard isAlive else {
                PQclear(last)
                throw lost()
            }
            return last
        default:
            defer { PQclear(last) }
            throw failure(of: last)
        }
    }

    private func flush(until deadline: MonotonicTime) throws(PostgresError) {
        while true {
            switch PQflush(raw) {
            case 0: return
            case 1:
                // The server may be waiting for us to read before it reads more, so both directions are watched.
                let ready = try poll(events: Int16(POLLIN | POLLOUT), until: deadline)
                if ready & Int16(POLLIN) != 0, PQconsumeInput(raw) != 1 { throw lost() }
            default: throw lost()
            }
        }
    }

    private func awaitResult(until deadline: MonotonicTime) throws(PostgresError) {
        while PQisBusy(raw) == 1 {
            _ = try poll(events: Int16(POLLIN), until: deadline)
            // A closed connection is reported as the last result, with the server's own reason, so go on reading.
            guard PQconsumeInput(raw) == 1 || PQisBusy(raw) == 0 else { throw lost() }
        }
    }

    private func poll(events: Int16, until deadline: MonotonicTime) throws(PostgresError) -> Int16 {
        var descriptor = pollfd(fd: PQsocket(raw), events: events, revents: 0)
        while true {
            let ready = Glibc.poll(&descriptor, 1, deadline.pollTimeout)
            if ready > 0 { return descriptor.revents }
            if ready < 0, errno == EINTR { continue }
            gaveUp = true
            throw PostgresError(code: .connectionLost, message: "no answer within \(answerTimeout)")
        }
    }

    // MARK: - Errors

    private func failure(of result: OpaquePointer) -> PostgresError {
        let state = cpg_sqlstate(result).map { String(cString: $0) }
        guard let state else { return lost(PQresultErrorMessage(result).map { String(cString: $0) }) }
        var message = cpg_message(result).map { String(cString: $0) } ?? ""
        let code = isAlive ? PostgresError.Code(sqlState: state) : .connectionLost
        if let detail = cpg_detail(result), !code.detailMayQuoteData {
            message += ": " + String(cString: detail)
        }
        let constraint = cpg_constraint(result).map { String(cString: $0) }
        let error = PostgresError(code: code, sqlState: state, message: message, constraint: constraint)
        if error.isRetryable, retryableFailure == nil { retryableFailure = error }
        if state == "0A000", message.hasPrefix("cached plan") {
            isStale = true
            retryableFailure = error
        }
        return error
    }

    private func lost(_ reason: String? = nil) -> PostgresError {
        gaveUp = true
        return PostgresError(code: .connectionLost, message: reason ?? Self.message(of: raw))
    }

    private func refused() -> PostgresError {
        PostgresError(code: .invalidStatement, message: Self.message(of: raw))
    }

    private static func message(of raw: OpaquePointer) -> String {
        guard let text = PQerrorMessage(raw) else { return "unknown" }
        return String(cString: text).split(separator: "\n").joined(separator: " ")
    }
}

private struct StatementKey: Hashable {
    let sql: String
    let types: [UInt32]
}

extension PostgresError.Code {
    /// A violated constraint's detail repeats the row's values, which may be people's data.
    fileprivate var detailMayQuoteData: Bool {
        switch self {
        case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .invalidData: true
        default: false
        }
    }
}
