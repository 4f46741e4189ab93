import EventContracts
import Postgres
import Primitives
import ServiceKit

/// Whether a machine shows its secret with every request or exchanges it for tokens.
enum MachineKind: String, Sendable, CaseIterable {
    case key
    case client

    /// How its secret begins.
    var secretPrefix: String {
        switch self {
        case .key: "dk"
        case .client: "cs"
        }
    }
}

/// A key or client as it is stored.
struct StoredMachine: Sendable {
    let id: APIKeyID
    let kind: MachineKind
    let organizationID: OrganizationID
    let name: String
    let scopes: [String]
    var secret: MachineSecret
    var previous: MachineSecret.Previous?
    let plan: MachinePlan
    let createdAt: Instant
    var rotatedAt: Instant?
    let lastUsedAt: Instant?
    let expiresAt: Instant?
    var revokedAt: Instant?
    var sequence: Int64

    /// As others are told.
    var changed: APIKeyChanged {
        let isKey = kind == .key
        return APIKeyChanged(
            apiKeyID: id, organizationID: organizationID, hash: isKey ? Hex.encode(secret.hash) : "",
            scopes: scopes, isRevoked: revokedAt != nil, isClient: isKey ? nil : true,
            previousHash: isKey ? previous.map { Hex.encode($0.hash) } : nil,
            previousUntil: isKey ? previous?.until : nil, expiresAt: expiresAt,
            requestsPerMinute: plan.requestsPerMinute, requestsPerMonth: plan.requestsPerMonth)
    }
}

/// What is kept of a secret: enough to recognize it, for machines by its hash and for people by its ends.
struct MachineSecret: Sendable {
    /// One that was replaced and still counts for a while.
    struct Previous: Sendable {
        let hash: [UInt8]
        let until: Instant
    }

    let hash: [UInt8]
    let prefix: String
    let lastFour: String
}

/// Rows of keys and clients.
enum MachineStore {
    private static let columns = """
        id, kind, organization_id, name, scopes, hash, prefix, last_four, previous_hash, previous_until,
        requests_per_minute, requests_per_month, created_at, rotated_at, expires_at, revoked_at, sequence,
        greatest(last_used_at,
            (SELECT max(u.last_used_at) FROM access_api_usage u WHERE u.api_key_id = api_keys.id)) AS used_at
        """

    static func insert(
        _ machine: StoredMachine, by creator: AccountID, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO api_keys
                (id, kind, organization_id, name, scopes, hash, prefix, last_four, requests_per_minute,
                 requests_per_month, created_by, created_at, expires_at, sequence)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            [
                machine.id, machine.kind.rawValue, machine.organizationID, machine.name, machine.scopes,
                machine.secret.hash, machine.secret.prefix, machine.secret.lastFour,
                machine.plan.requestsPerMinute, machine.plan.requestsPerMonth, creator, machine.createdAt,
                machine.expiresAt, machine.sequence,
            ])
    }

    /// Stores what can change.
    static func update(_ machine: StoredMachine, in transaction: borrowing Transaction) throws(PostgresError)
    {
        try transaction.execute(
            """
            UPDATE api_keys SET hash = $2, prefix = $3, last_four = $4, previous_hash = $5, previous_until = $6,
                rotated_at = $7, revoked_at = $8, sequence = $9
            WHERE id = $1
            """,
            [
                machine.id, machine.secret.hash, machine.secret.prefix, machine.secret.lastFour,
                machine.previous?.hash, machine.previous?.until, machine.rotatedAt, machine.revokedAt,
                machine.sequence,
            ])
    }

    /// How many of an organization count; the lock lets two that are made at once see each other.
    static func countLive(
        of organization: OrganizationID, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Int {
        _ = try transaction.query(
            "SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE", [organization])
        let count: Int64? = try transaction.query(
            """
            SELECT count(*) FROM api_keys
            WHERE organization_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
            """, [organization, now]
        ).scalar()
        return Int(count ?? 0)
    }

    static func lock(
        _ id: APIKeyID, _ kind: MachineKind, of organization: OrganizationID,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> StoredMachine? {
        let rows = try transaction.query(
            """
            SELECT \(columns) FROM api_keys WHERE id = $1 AND kind = $2 AND organization_id = $3
            FOR NO KEY UPDATE
            """, [id, kind.rawValue, organization])
        return try rows.first.map { row throws(PostgresError) in try machine(row) }
    }

    static func find(
        _ id: APIKeyID, _ kind: MachineKind, in transaction: borrowing Transaction
    ) throws(PostgresError) -> StoredMachine? {
        let rows = try transaction.query(
            "SELECT \(columns) FROM api_keys WHERE id = $1 AND kind = $2", [id, kind.rawValue])
        return try rows.first.map { row throws(PostgresError) in try machine(row) }
    }

    /// Newest first, those before a known one.
    static func list(
        _ kind: MachineKind, of organization: OrganizationID, before: APIKeyID?, limit: Int,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [StoredMachine] {
        let rows = try transaction.query(
            """
            SELECT \(columns) FROM api_keys
            WHERE organization_id = $1 AND kind = $2 AND ($3::uuid IS NULL OR id < $3)
            ORDER BY id DESC LIMIT $4
            """, [organization, kind.rawValue, before, limit])
        return try rows.map { row throws(PostgresError) in try machine(row) }
    }

    /// Keys in the order of their ids, locked so that nothing newer is told before what is made of them.
    static func page(
        after cursor: RawID?, limit: Int, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [StoredMachine] {
        let rows = try transaction.query(
            """
            SELECT \(columns) FROM api_keys WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2 FOR SHARE
            """, [cursor, limit])
        return try rows.map { row throws(PostgresError) in try machine(row) }
    }

    /// Who made a key, and so answers for what it does.
    static func creator(of id: APIKeyID, in transaction: borrowing Transaction) throws(PostgresError)
        -> AccountID?
    {
        try transaction.query("SELECT created_by FROM api_keys WHERE id = $1", [id]).scalar()
    }

    /// Notes a use, at most once a minute.
    static func markUsed(_ id: APIKeyID, at now: Instant, in transaction: borrowing Transaction)
        throws(PostgresError)
    {
        try transaction.execute(
            """
            UPDATE api_keys SET last_used_at = $2
            WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)
            """, [id, now, now - .seconds(60)])
    }

    /// Keeps the latest of the uses that services report.
    static func markUsed(
        _ uses: [(id: APIKeyID, at: Instant)], in transaction: borrowing Transaction
    ) throws(PostgresError) {
        // In the order of the keys, so that two batches never wait for each other.
        try transaction.execute(
            """
            WITH given AS (
                SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at) GROUP BY id
            ), locked AS (
                SELECT k.id, given.at FROM api_keys k JOIN given ON given.id = k.id
                WHERE k.last_used_at IS NULL OR k.last_used_at < given.at
                ORDER BY k.id FOR NO KEY UPDATE OF k
            )
            UPDATE api_keys SET last_used_at = greatest(last_used_at, locked.at) FROM locked
            WHERE api_keys.id = locked.id
            """, [uses.map(\.id), uses.map(\.at)])
    }

    private static func machine(_ row: Row) throws(PostgresError) -> StoredMachine {
        let kindText: String = try row.get("kind")
        guard let kind = MachineKind(rawValue: kindText) else {
            throw PostgresError(code: .decoding, message: "no kind of key is called \(kindText)")
        }
        var previous: MachineSecret.Previous?
        if let hash: [UInt8] = try row.get("previous_hash"),
            let until: Instant = try row.get("previous_until")
        {
            previous = MachineSecret.Previous(hash: hash, until: until)
        }
        return StoredMachine(
            id: try row.get("id"), kind: kind, organizationID: try row.get("organization_id"),
            name: try row.get("name"), scopes: try row.get("scopes"),
            secret: MachineSecret(
                hash: try row.get("hash"), prefix: try row.get("prefix"), lastFour: try row.get("last_four")),
            previous: previous,
            plan: MachinePlan(
                requestsPerMinute: try row.get("requests_per_minute"),
                requestsPerMonth: try row.get("requests_per_month")),
            createdAt: try row.get("created_at"), rotatedAt: try row.get("rotated_at"),
            lastUsedAt: try row.get("used_at"), expiresAt: try row.get("expires_at"),
            revokedAt: try row.get("revoked_at"), sequence: try row.get("sequence"))
    }
}
