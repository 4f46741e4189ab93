import EventContracts
public import Messaging
import Postgres
import Primitives

/// Tells identity when machines used this service last: of a key once in a while, by all processes together.
///
/// It writes in the transaction that counts their requests, so no request waits for it, and a use that falls between
/// two reports is told with the next one.
public struct MachineReport: Sendable {
    private static let keysPerRound = 1_000

    private let service: String
    private let outbox: Outbox
    private let interval: Duration

    /// Names the service.
    ///
    /// - Parameters:
    ///   - service: Who tells.
    ///   - outbox: Through which the events leave.
    ///   - interval: How long nothing more is told of a key that was told of.
    public init(service: String, outbox: Outbox, interval: Duration) {
        self.service = service
        self.outbox = outbox
        self.interval = interval
    }

    /// Notes the uses and writes the events of those keys whose turn it is.
    func tell(
        _ uses: [(id: APIKeyID, at: Instant)], at now: Instant, in transaction: borrowing Transaction
    ) throws {
        if !uses.isEmpty {
            try transaction.execute(Self.note, [uses.map(\.id), uses.map(\.at)])
        }
        let due = try transaction.query(Self.take, [now, now - interval, Self.keysPerRound])
        let cause = EventCause(traceparent: nil, clockTime: now)
        var events: [OutgoingEvent] = []
        for row in due {
            let used = APIKeyUsed(apiKeyID: try row.get(0), lastUsedAt: try row.get(1))
            events.append(
                try OutgoingEvent(
                    used, subject: used.apiKeyID, tenant: nil, sequence: nil, cause: cause, service: service))
        }
        try outbox.write(events, in: transaction)
    }

    private static let note = """
        INSERT INTO access_api_reports AS r (api_key_id, used_at)
        SELECT api_key_id, max(used_at) FROM unnest($1::uuid[], $2::timestamptz[]) AS given (api_key_id, used_at)
        GROUP BY api_key_id ORDER BY api_key_id
        ON CONFLICT (api_key_id) DO UPDATE SET used_at = greatest(r.used_at, excluded.used_at)
        """

    /// What another process is telling at this moment is left to it.
    private static let take = """
        UPDATE access_api_reports SET told = used_at, told_at = $1 WHERE api_key_id = ANY (ARRAY (
            SELECT api_key_id FROM access_api_reports
            WHERE told IS DISTINCT FROM used_at AND (told_at IS NULL OR told_at <= $2)
            ORDER BY api_key_id LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING api_key_id, used_at
        """
}
