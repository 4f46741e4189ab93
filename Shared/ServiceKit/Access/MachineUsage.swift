import HTTPServer
import Postgres
import Primitives
import Synchronization

/// What machines asked of this process in this minute, and of this service in this month.
///
/// The minute is counted in memory, so a plan allows its number in each process. The month is in the service's own
/// schema, written in batches: a process that crashes forgets at most one batch, and replicas learn of each other with
/// their next one.
final class MachineUsage: Sendable {
    private struct Entry: Hashable {
        let id: APIKeyID
        let month: CivilDate
    }

    private struct Count {
        var requests: Int64 = 0
        var lastUsedAt: Instant
    }

    private struct State {
        var minute: Int64 = 0
        var inMinute: [APIKeyID: Int64] = [:]
        var storedMonth: CivilDate?
        var stored: [APIKeyID: Int64] = [:]
        var pending: [Entry: Count] = [:]
        /// What a batch that is under way carries.
        var leaving: [Entry: Count] = [:]
        var report: MachineReport?
    }

    private let state = Mutex(State())

    /// Lets identity know of uses from now on.
    func tellUses(by report: MachineReport) { state.withLock { $0.report = report } }

    /// Counts a request that the plan allows.
    ///
    /// - Returns: What is left of each limit.
    /// - Throws: `Problem` 429; a refused request is not counted.
    func count(_ id: APIKeyID, _ plan: MachinePlan, at now: Instant) throws(Problem) -> [RateLimit] {
        let month = Month(now)
        let minute = now.seconds / 60
        let limits = state.withLock { state in
            if state.minute != minute {
                state.minute = minute
                state.inMinute = [:]
            }
            let entry = Entry(id: id, month: month.first)
            let inMonth =
                (state.storedMonth == month.first ? state.stored[id] ?? 0 : 0)
                + (state.pending[entry]?.requests ?? 0) + (state.leaving[entry]?.requests ?? 0)
            let inMinute = state.inMinute[id] ?? 0
            let limits = Self.limits(plan, inMinute: inMinute + 1, inMonth: inMonth + 1, month, at: now)
            guard !limits.contains(where: \.isExceeded) else { return limits }
            state.inMinute[id] = inMinute + 1
            state.pending[entry, default: Count(lastUsedAt: now)].requests += 1
            state.pending[entry]?.lastUsedAt = now
            return limits
        }
        if let exceeded = limits.last(where: \.isExceeded) { throw exceeded.limit.exceeded }
        return limits.map(\.limit)
    }

    /// Writes what was counted since the last time, tells of it, and reads what all processes of the service counted.
    func flush(to pool: PostgresPool, at now: Instant) async throws {
        let (batch, report) = state.withLock { state in
            // Two rounds at once would carry the same counts: the second leaves them to the first.
            guard state.leaving.isEmpty else { return ([Entry: Count](), state.report) }
            swap(&state.leaving, &state.pending)
            return (state.leaving, state.report)
        }
        let month = Month(now).first
        do {
            let stored = try await pool.transaction { tx in
                try Self.write(batch, in: tx)
                try report?.tell(batch.map { ($0.key.id, $0.value.lastUsedAt) }, at: now, in: tx)
                return try Self.read(month, in: tx)
            }
            state.withLock { state in
                if !batch.isEmpty { state.leaving = [:] }
                (state.storedMonth, state.stored) = (month, stored)
            }
        } catch {
            state.withLock { state in
                guard !batch.isEmpty else { return }
                for (entry, count) in state.leaving {
                    state.pending[entry, default: Count(lastUsedAt: count.lastUsedAt)].requests +=
                        count.requests
                }
                state.leaving = [:]
            }
            throw error
        }
    }

    private static func write(
        _ batch: [Entry: Count], in transaction: borrowing Transaction
    ) throws(PostgresError) {
        guard !batch.isEmpty else { return }
        // In the order of the keys, so that two replicas never wait for each other.
        let rows = batch.sorted { ($0.key.id, $0.key.month) < ($1.key.id, $1.key.month) }
        try transaction.execute(
            """
            INSERT INTO access_api_usage AS u (api_key_id, month, requests, last_used_at)
            SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::timestamptz[])
            ON CONFLICT (api_key_id, month) DO UPDATE SET requests = u.requests + excluded.requests,
                last_used_at = greatest(u.last_used_at, excluded.last_used_at)
            """,
            [
                rows.map(\.key.id), rows.map(\.key.month), rows.map(\.value.requests),
                rows.map(\.value.lastUsedAt),
            ])
    }

    private static func read(
        _ month: CivilDate, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [APIKeyID: Int64] {
        var stored: [APIKeyID: Int64] = [:]
        let rows = try transaction.query(
            "SELECT api_key_id, requests FROM access_api_usage WHERE month = $1", [month])
        for row in rows { stored[try row.get(0)] = try row.get(1, as: Int64.self) }
        return stored
    }

    private struct Reckoned {
        let limit: RateLimit
        let isExceeded: Bool
    }

    private static func limits(
        _ plan: MachinePlan, inMinute: Int64, inMonth: Int64, _ month: Month, at now: Instant
    ) -> [Reckoned] {
        func reckoned(_ policy: String, _ limit: Int64?, _ used: Int64, window: Int64, left: Int64)
            -> Reckoned?
        {
            guard let limit else { return nil }
            return Reckoned(
                limit: RateLimit(
                    policy: policy, limit: Int(limit), windowSeconds: Int(window),
                    remaining: Int(max(0, limit - used)), resetSeconds: Int(left)),
                isExceeded: used > limit)
        }
        return [
            reckoned(
                "requests_per_minute", plan.requestsPerMinute, inMinute, window: 60,
                left: 60 - now.seconds % 60),
            reckoned(
                "requests_per_month", plan.requestsPerMonth, inMonth, window: month.seconds,
                left: month.end - now.seconds),
        ].compactMap { $0 }
    }
}

/// The calendar month of a moment, in UTC.
private struct Month {
    let first: CivilDate
    let seconds: Int64
    let end: Int64

    init(_ now: Instant) {
        let day = CivilDate(daysSince1970: Int(now.seconds / 86_400))
        first = day.adding(days: 1 - day.day)
        let days = CivilDate.daysIn(month: first.month, year: first.year)
        seconds = Int64(days) * 86_400
        end = Int64(first.daysSince1970) * 86_400 + seconds
    }
}
