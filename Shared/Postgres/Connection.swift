import CPostgres
import Glibc

/// One connection, used by the thread that made it and by no other.
///
/// Calls go out without blocking and answers are awaited with a deadline, so a server that stopped in its
/// tracks ends in an error instead of a thread that hangs for ever.
final class Connection {
    let raw: OpaquePointer
    let answerTimeout: Duration
    var prepared: [StatementKey: String] = [:]
    private var preparedCount = 0
    enum Unanswered {
        case preparation(StatementKey)
        case statement
    }

    /// What a transaction has sent and not yet asked the answers of, oldest first.
    var unanswered: [Unanswered] = []
    var isPipelined = false
    private var parameters = ParameterBuffer()
    private var gaveUp = false

    /// Whether a statement has succeeded since the transaction began.
    var wasHeard = false

    /// Statements kept per connection; constants in a program stay far below.
    private static let preparedLimit = 512
    /// libpq refuses a message of a gigabyte; a batch near that is a programming mistake.
    private static let parameterByteLimit = 256 << 20

    /// The first retryable failure of the running transaction, even if its body replaced the error by one of its own.
    var retryableFailure: PostgresError?
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

    static func types(of arguments: [any PostgresEncodable]) -> [UInt32] {
        arguments.map { type(of: $0).postgresType.oid }
    }

    func execute(_ name: String, _ arguments: [any PostgresEncodable]) throws(PostgresError) -> Int32 {
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
    func forgetPrepared() throws(PostgresError) {
        guard prepared.count >= Self.preparedLimit else { return }
        try runScript("DEALLOCATE ALL")
        prepared.removeAll()
    }

    func nextName() -> String {
        preparedCount += 1
        return "s\(preparedCount)"
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

    func flush(until deadline: MonotonicTime) throws(PostgresError) {
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

    func awaitResult(until deadline: MonotonicTime) throws(PostgresError) {
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

    func failure(of result: OpaquePointer) -> PostgresError {
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

    func lost(_ reason: String? = nil) -> PostgresError {
        gaveUp = true
        return PostgresError(code: .connectionLost, message: reason ?? Self.message(of: raw))
    }

    func refused() -> PostgresError {
        PostgresError(code: .invalidStatement, message: Self.message(of: raw))
    }

    private static func message(of raw: OpaquePointer) -> String {
        guard let text = PQerrorMessage(raw) else { return "unknown" }
        return String(cString: text).split(separator: "\n").joined(separator: " ")
    }
}

struct StatementKey: Hashable {
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
