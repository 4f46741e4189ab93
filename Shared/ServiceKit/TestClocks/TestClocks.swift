public import Postgres
public import Primitives
import Synchronization

/// Which organizations live by a test clock, and what time it is for them, as the scheduler tells it.
public final class TestClocks: Sendable {
    private let known = Mutex<[OrganizationID: Instant]>([:])

    /// None is known yet.
    public init() {}

    /// What time it is for an organization, as far as this process has heard; nil for the real time.
    public func now(of organization: OrganizationID?) -> Instant? {
        guard let organization else { return nil }
        return known.withLock { $0[organization] }
    }

    /// Does something at the time of an organization, which is asked for only where test clocks are in use.
    ///
    /// - Parameters:
    ///   - organization: For whom it is done.
    ///   - tx: The transaction in which it is done.
    ///   - work: What is done.
    /// - Returns: What the work returns.
    /// - Throws: What the statement and the work throw.
    public func at<Value>(
        _ organization: OrganizationID, in tx: borrowing Transaction, _ work: () throws -> Value
    ) throws -> Value {
        guard TestTime.current == nil, now(of: organization) != nil else { return try work() }
        let moment = try tx.query(
            "SELECT now_at FROM tenant_times WHERE organization_id = $1", [organization]
        ).scalar(as: Instant.self)
        return try TestTime.at(moment, work)
    }

    /// What time it is for an organization, as its service was told, whichever of its replicas has heard it.
    func told(to organization: OrganizationID, from pool: PostgresPool) async throws -> Instant? {
        guard now(of: organization) != nil else { return nil }
        return try await pool.transaction { tx in
            try tx.query("SELECT now_at FROM tenant_times WHERE organization_id = $1", [organization])
                .scalar()
        }
    }

    /// Whether any organization lives by a test clock.
    public var isInUse: Bool { known.withLock { !$0.isEmpty } }

    func note(_ times: [OrganizationID: Instant]) {
        known.withLock { $0.merge(times) { max($0, $1) } }
    }

    /// Hears of clocks that another replica was told about.
    func load(from pool: PostgresPool) async throws {
        let times = try await pool.transaction { tx in
            try tx.query("SELECT organization_id, now_at FROM tenant_times").map {
                (try $0.get(0, as: OrganizationID.self), try $0.get(1, as: Instant.self))
            }
        }
        note(Dictionary(times) { $1 })
    }
}
