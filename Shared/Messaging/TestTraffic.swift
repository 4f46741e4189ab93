import EventContracts
public import Postgres
public import Primitives

/// Counts what is sent and handled for organizations that live by test clocks.
///
/// A clock may only go on when everything that follows from its time has been done, and nobody sees all services at
/// once: when as much was handled as was sent, and that twice in a row, nothing is on its way. Each count is a row of
/// its own, so that nobody waits for anybody.
public enum TestTraffic {
    /// Creates the table, and the one that says what time it is for whom.
    public static let sql = [UInt8](
        """
        CREATE TABLE tenant_times (
            organization_id uuid PRIMARY KEY,
            test_clock_id uuid NOT NULL,
            now_at timestamptz NOT NULL,
            step bigint NOT NULL
        );
        CREATE TABLE test_traffic (
            organization_id uuid NOT NULL,
            sent bigint NOT NULL,
            handled bigint NOT NULL
        );
        CREATE INDEX test_traffic_by_organization ON test_traffic (organization_id);
        """.utf8)

    /// Counts events that were written, once for each queue that they will come to.
    static func count(sent events: [OutgoingEvent], in tx: borrowing Transaction) throws {
        var counts: [OrganizationID: Int64] = [:]
        for event in events {
            guard let tenant = event.testTenant else { continue }
            counts[tenant, default: 0] += Int64(
                EventCatalogue.readerCount(exchange: event.exchange, routingKey: event.routingKey))
        }
        try store(sent: counts, handled: [:], in: tx)
    }

    /// Counts events that were handled.
    static func count(handled events: [ReadEvent], in tx: borrowing Transaction) throws {
        var counts: [OrganizationID: Int64] = [:]
        for event in events where event.envelope.isTestTime {
            if let tenant = event.envelope.tenantID { counts[tenant, default: 0] += 1 }
        }
        try store(sent: [:], handled: counts, in: tx)
    }

    private static func store(
        sent: [OrganizationID: Int64], handled: [OrganizationID: Int64], in tx: borrowing Transaction
    ) throws {
        let tenants = Set(sent.keys).union(handled.keys).sorted()
        guard !tenants.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO test_traffic (organization_id, sent, handled)
            SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
            """, [tenants, tenants.map { sent[$0] ?? 0 }, tenants.map { handled[$0] ?? 0 }])
    }

    /// What was counted for an organization.
    public static func counted(
        for organization: OrganizationID, in tx: borrowing Transaction
    ) throws -> (sent: Int64, handled: Int64) {
        let row = try tx.query(
            """
            SELECT coalesce(sum(sent), 0)::bigint, coalesce(sum(handled), 0)::bigint FROM test_traffic
             WHERE organization_id = $1
            """, [organization]
        ).first
        return (try row?.get(0) ?? 0, try row?.get(1) ?? 0)
    }

    /// Divides a batch by the time at which its events are handled: what is real first, then organization by organization.
    static func divide(_ events: [ReadEvent]) -> [(now: Instant?, events: [ReadEvent])] {
        guard events.contains(where: { $0.envelope.isTestTime }) else { return [(nil, events)] }
        var groups: [(now: Instant?, events: [ReadEvent])] = []
        let real = events.filter { !$0.envelope.isTestTime }
        if !real.isEmpty { groups.append((nil, real)) }
        let tested = Dictionary(grouping: events.filter(\.envelope.isTestTime)) { $0.envelope.tenantID }
        for group in tested.values {
            groups.append((group.map(\.envelope.clockTime).max(), group))
        }
        return groups
    }
}
