import Crypto
import HTTPServer
import IdentityDomain
import Postgres
import Primitives

/// Counts of events by rule, subject and window.
enum ThrottleStore {
    /// Refuses when the limit of the present window is used up; counts nothing.
    static func check(
        _ rule: ThrottleRule, subject: String, at now: Instant, in transaction: borrowing Transaction
    ) throws {
        if let refusal = try refusal(rule, subject: subject, at: now, in: transaction) { throw refusal }
    }

    /// The refusal when the limit of the present window is used up; counts nothing.
    static func refusal(
        _ rule: ThrottleRule, subject: String, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Problem? {
        let count: Int32? = try transaction.query(
            "SELECT count FROM throttles WHERE rule = $1 AND subject = $2 AND window_start = $3",
            [rule.name, SHA256.hash(subject), rule.windowStart(at: now)]
        ).scalar()
        guard Int(count ?? 0) >= rule.limit else { return nil }
        return exceeded(rule, count: Int(count ?? 0), at: now)
    }

    /// Counts an event, and refuses when it is over the limit.
    static func count(
        _ rule: ThrottleRule, subject: String, at now: Instant, in transaction: borrowing Transaction
    )
        throws(PostgresError) -> Problem?
    {
        let count = try tally(rule, subject: subject, at: now, in: transaction)
        return count > rule.limit ? exceeded(rule, count: count, at: now) : nil
    }

    /// Counts an event.
    ///
    /// - Returns: How many there are in the present window.
    static func tally(
        _ rule: ThrottleRule, subject: String, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Int {
        let count: Int32? = try transaction.query(
            """
            INSERT INTO throttles (rule, subject, window_start, count) VALUES ($1, $2, $3, 1)
            ON CONFLICT (rule, subject, window_start) DO UPDATE SET count = throttles.count + 1 RETURNING count
            """, [rule.name, SHA256.hash(subject), rule.windowStart(at: now)]
        ).scalar()
        return Int(count ?? 0)
    }

    /// Whether an event is the first in the present window; the others leave no trace.
    static func isFirst(
        _ rule: ThrottleRule, subject: String, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        try transaction.execute(
            """
            INSERT INTO throttles (rule, subject, window_start, count) VALUES ($1, $2, $3, 1)
            ON CONFLICT (rule, subject, window_start) DO NOTHING
            """, [rule.name, SHA256.hash(subject), rule.windowStart(at: now)]) == 1
    }

    static func prune(before: Instant, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM throttles WHERE window_start < $1", [before])
    }

    private static func exceeded(_ rule: ThrottleRule, count: Int, at now: Instant) -> Problem {
        RateLimit(
            policy: rule.name, limit: rule.limit, windowSeconds: Int(rule.windowSeconds),
            remaining: rule.limit - count, resetSeconds: rule.secondsLeft(at: now)
        ).exceeded
    }
}
