import CPostgres

/// Transactions: their statements travel behind each other, and the server's answers are read when one is wanted.
///
/// A failure makes the server skip what was sent after it, up to the next point of synchronisation (libpq, pipeline mode).
extension Connection {
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
    func answers() throws(PostgresError) -> OpaquePointer {
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
}
