import LoadKit
import Postgres
import Primitives

/// Where the database spends its time, by statement; needs `shared_preload_libraries=pg_stat_statements`.
struct StatementTimes {
    let instance: Instance

    func reset() async throws {
        _ = try await instance.pool.transaction { tx in
            try tx.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            return try tx.query("SELECT pg_stat_statements_reset()").count
        }
    }

    /// Tells the statements with the most time, as microseconds per operation.
    func print(_ limit: Int, operations: Int) async throws {
        let lines = try await instance.pool.transaction { tx in
            try tx.query(
                """
                SELECT format('%s us  %s us planning  %s calls  %s rows/call  %s pages/row  %s',
                              round((1000 * total_exec_time / $1)::numeric, 1), round((1000 * total_plan_time / $1)::numeric, 1),
                              calls, rows / greatest(calls, 1), round((shared_blks_hit / greatest(rows, 1))::numeric, 1),
                              left(regexp_replace(query, '\\s+', ' ', 'g'), 110))
                  FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT $2
                """, [Int64(operations), limit]
            ).column(0, as: String.self)
        }
        lines.forEach { Report.say($0) }
    }
}
