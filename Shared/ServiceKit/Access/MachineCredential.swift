public import EventContracts
public import Postgres
public import Primitives

/// How much a machine may ask of one service.
public struct MachinePlan: Sendable, Hashable {
    /// Requests in a minute, per process; nil is any number.
    public let requestsPerMinute: Int64?
    /// Requests in a calendar month (UTC), per service; nil is any number.
    public let requestsPerMonth: Int64?

    /// Describes a plan.
    ///
    /// - Parameters:
    ///   - requestsPerMinute: Requests in a minute.
    ///   - requestsPerMonth: Requests in a month.
    public init(requestsPerMinute: Int64?, requestsPerMonth: Int64?) {
        self.requestsPerMinute = requestsPerMinute
        self.requestsPerMonth = requestsPerMonth
    }
}

/// A key or client of a machine, as every service knows it: hashes and rights, no secret.
public struct MachineCredential: Sendable, Hashable {
    /// The key; a client has the same number under its own prefix.
    public let id: APIKeyID
    /// For which organization it acts.
    public let organizationID: OrganizationID
    /// Whether it fetches tokens instead of showing a key.
    public let isClient: Bool
    /// SHA-256 of the key; nil for a client.
    public let hash: [UInt8]?
    /// SHA-256 of the key before it.
    public let previousHash: [UInt8]?
    /// Until when that one counts.
    public let previousUntil: Instant?
    /// What it may do.
    public let scopes: Set<Permission>
    /// When it ends by itself.
    public let expiresAt: Instant?
    /// Whether it ended before.
    public let isRevoked: Bool
    /// How much it may ask.
    public let plan: MachinePlan
    /// The number of the event that told it.
    public let sequence: Int64

    /// Takes what identity told.
    ///
    /// - Parameters:
    ///   - key: The key as it is. A scope that this release does not know is passed over.
    ///   - sequence: The number of the event.
    public init(_ key: APIKeyChanged, sequence: Int64) {
        id = key.apiKeyID
        organizationID = key.organizationID
        isClient = key.isClient ?? false
        hash = Self.hash(key.hash)
        previousHash = key.previousHash.flatMap { Self.hash($0) }
        previousUntil = key.previousUntil
        scopes = Set(key.scopes.compactMap { Permission(rawValue: $0) })
        expiresAt = key.expiresAt
        isRevoked = key.isRevoked
        plan = MachinePlan(
            requestsPerMinute: key.requestsPerMinute, requestsPerMonth: key.requestsPerMonth)
        self.sequence = sequence
    }

    /// Whether it may act at a moment.
    ///
    /// - Parameter now: The moment.
    /// - Returns: False after its end, whoever brought it about.
    public func isUsable(at now: Instant) -> Bool { !isRevoked && expiresAt.map { now < $0 } ?? true }

    /// The caller of a request with this key: no account and no login have its number.
    var principal: Principal {
        Principal(
            accountID: AccountID(id.raw), sessionID: SessionID(id.raw), organizationID: organizationID,
            role: .machine, permissions: scopes)
    }

    private static func hash(_ text: String) -> [UInt8]? {
        guard let bytes = Hex.decode(text), bytes.count == 32 else { return nil }
        return bytes
    }
}

extension MachineCredential {
    /// Records keys as they are; what is older than the stored row changes nothing.
    ///
    /// - Parameters:
    ///   - credentials: The keys.
    ///   - transaction: The transaction of the event, or of the change itself.
    /// - Throws: What the statement failed with.
    public static func record(
        _ credentials: [MachineCredential], in transaction: borrowing Transaction
    ) throws(PostgresError) {
        var newest: [APIKeyID: MachineCredential] = [:]
        for credential in credentials {
            if let known = newest[credential.id], known.sequence >= credential.sequence { continue }
            newest[credential.id] = credential
        }
        guard !newest.isEmpty else { return }
        // In the order of the keys, so that two batches never wait for each other.
        let rows = newest.values.sorted { $0.id < $1.id }
        // An array of lists would have to be a rectangle: the scopes of a key travel as words in one text.
        try transaction.execute(
            """
            INSERT INTO access_api_keys AS k
                (id, organization_id, is_client, hash, previous_hash, previous_until, scopes, expires_at,
                 is_revoked, requests_per_minute, requests_per_month, sequence, written)
            SELECT g.id, g.organization_id, g.is_client, g.hash, g.previous_hash, g.previous_until,
                string_to_array(g.scopes, ' '), g.expires_at, g.is_revoked, g.per_minute, g.per_month,
                g.sequence, pg_current_xact_id()::text::bigint
            FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::bytea[], $5::bytea[], $6::timestamptz[],
                    $7::text[], $8::timestamptz[], $9::boolean[], $10::bigint[], $11::bigint[], $12::bigint[])
                AS g (id, organization_id, is_client, hash, previous_hash, previous_until, scopes, expires_at,
                    is_revoked, per_minute, per_month, sequence)
            ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, previous_hash = excluded.previous_hash,
                previous_until = excluded.previous_until, scopes = excluded.scopes,
                expires_at = excluded.expires_at, is_revoked = excluded.is_revoked,
                requests_per_minute = excluded.requests_per_minute,
                requests_per_month = excluded.requests_per_month, sequence = excluded.sequence,
                written = excluded.written
            WHERE k.sequence < excluded.sequence
            """,
            [
                rows.map(\.id), rows.map(\.organizationID), rows.map(\.isClient), rows.map(\.hash),
                rows.map(\.previousHash), rows.map(\.previousUntil),
                rows.map { $0.scopes.map(\.rawValue).sorted().joined(separator: " ") },
                rows.map(\.expiresAt), rows.map(\.isRevoked), rows.map(\.plan.requestsPerMinute),
                rows.map(\.plan.requestsPerMonth), rows.map(\.sequence),
            ])
    }

    /// The keys that changed since the last time, and from where to go on.
    ///
    /// The mark is the oldest transaction that was still open: a change that commits late is not passed over.
    static func load(
        since mark: Int64, in transaction: borrowing Transaction
    ) throws(PostgresError) -> (credentials: [MachineCredential], mark: Int64) {
        let next: Int64? = try transaction.query(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        ).scalar()
        let rows = try transaction.query(
            """
            SELECT id, organization_id, is_client, hash, previous_hash, previous_until, scopes, expires_at,
                is_revoked, requests_per_minute, requests_per_month, sequence
            FROM access_api_keys WHERE written >= $1
            """, [mark])
        var credentials: [MachineCredential] = []
        for row in rows { credentials.append(try MachineCredential(row)) }
        return (credentials, next ?? mark)
    }

    private init(_ row: Row) throws(PostgresError) {
        id = try row.get(0)
        organizationID = try row.get(1)
        isClient = try row.get(2)
        hash = try row.get(3)
        previousHash = try row.get(4)
        previousUntil = try row.get(5)
        scopes = Set(try row.get(6, as: [String].self).compactMap { Permission(rawValue: $0) })
        expiresAt = try row.get(7)
        isRevoked = try row.get(8)
        plan = MachinePlan(requestsPerMinute: try row.get(9), requestsPerMonth: try row.get(10))
        sequence = try row.get(11)
    }
}
