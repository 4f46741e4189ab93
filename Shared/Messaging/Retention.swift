public import Lifecycle
public import Observability
public import Postgres
public import Primitives

/// Removes published events and inbox rows that nobody needs any more, in small pieces.
public enum Retention {
    /// How long rows are kept and how they are removed.
    public struct Settings: Sendable {
        /// How long published events are kept, for audit and for bringing them back.
        public var events: Duration
        /// How long the ids of handled events are kept: longer than any message can be on its way.
        public var inbox: Duration
        /// How often to look for old rows.
        public var interval: Duration
        /// The most rows that one transaction removes.
        public var chunk: Int

        /// Describes it.
        public init(events: Duration, inbox: Duration, interval: Duration, chunk: Int) {
            self.events = events
            self.inbox = inbox
            self.interval = interval
            self.chunk = chunk
        }

        /// The values for running services.
        public static let production = Settings(
            events: .seconds(7 * 86_400), inbox: .seconds(30 * 86_400), interval: .seconds(60), chunk: 5_000)
    }

    /// A loop that removes old rows in the background.
    public static func service(pool: PostgresPool, settings: Settings, log: Log) -> BackgroundLoop {
        BackgroundLoop(label: "retention", pause: settings.interval, log: log) {
            let removed = try await removeOnce(pool: pool, settings: settings, now: SystemClock().now())
            return removed.events == settings.chunk || removed.inbox == settings.chunk ? .more : .idle
        }
    }

    /// Removes one piece of each table and returns how many rows.
    public static func removeOnce(
        pool: PostgresPool, settings: Settings, now: Instant
    ) async throws -> (events: Int, inbox: Int) {
        let (eventsBefore, inboxBefore) = (now - settings.events, now - settings.inbox)
        return try await pool.transaction { tx in
            let events = try tx.execute(deleteEvents, [eventsBefore, settings.chunk])
            let inbox = try tx.execute(deleteInbox, [inboxBefore, settings.chunk])
            return (events, inbox)
        }
    }

    /// Ids grow with time, so the oldest rows are at the beginning of the primary key: no other index is needed.
    private static let deleteEvents = """
        DELETE FROM events WHERE id = ANY (ARRAY (
            SELECT o.id FROM (SELECT id, created_at FROM events ORDER BY id LIMIT $2) o
            WHERE o.created_at < $1 AND NOT EXISTS (SELECT 1 FROM pending p WHERE p.id = o.id)))
        """

    private static let deleteInbox = """
        DELETE FROM inbox WHERE ctid = ANY (ARRAY (SELECT ctid FROM inbox WHERE received_at < $1 LIMIT $2))
        """
}
