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
        for credential in credentials {
            try transaction.execute(
                """
                INSERT INTO access_api_keys
                    (id, organization_id, is_client, hash, previous_hash, previous_until, scopes, expires_at,
                     is_revoked, requests_per_minute, requests_per_month, sequence, written)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, pg_current_xact_id()::text::bigint)
                ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, previous_hash = excluded.previous_hash,
                    previous_until = excluded.previous_until, scopes = excluded.scopes,
                    expires_at = excluded.expires_at, is_revoked = excluded.is_revoked,
                    requests_per_minute = excluded.requests_per_minute,
                    requests_per_month = excluded.requests_per_month, sequence = excluded.sequence,
                    written = excluded.written
                WHERE access_api_keys.sequence < excluded.sequence
                """,
                [
                    credential.id, credential.organizationID, credential.isClient, credential.hash,
                    credential.previousHash, credential.previousUntil,
                    credential.scopes.map(\.rawValue).sorted(), credential.expiresAt, credential.isRevoked,
                    credential.plan.requestsPerMinute, credential.plan.requestsPerMonth, credential.sequence,
                ])
        }
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
