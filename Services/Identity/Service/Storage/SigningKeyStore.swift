import Postgres
import Primitives

/// Rows of signing keys, their seeds encrypted.
enum SigningKeyStore {
    struct Stored: Sendable {
        let id: String
        let publicKey: [UInt8]
        let encryptedSeed: [UInt8]
        let createdAt: Instant
        let retiredAt: Instant?
    }

    /// Held until the transaction ends: replicas that start together make one key.
    static func lock(in transaction: borrowing Transaction) throws(PostgresError) {
        _ = try transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('signing_keys', 0))")
    }

    /// All keys that tokens may still be signed with, newest first.
    static func list(at now: Instant, in transaction: borrowing Transaction) throws(PostgresError) -> [Stored]
    {
        let rows = try transaction.query(
            """
            SELECT id, public_key, encrypted_seed, created_at, retired_at FROM signing_keys
            WHERE forgotten_at IS NULL OR forgotten_at > $1 ORDER BY created_at DESC, id
            """, [now])
        var keys: [Stored] = []
        for row in rows {
            keys.append(
                Stored(
                    id: try row.get(0), publicKey: try row.get(1), encryptedSeed: try row.get(2),
                    createdAt: try row.get(3), retiredAt: try row.get(4)))
        }
        return keys
    }

    static func insert(_ key: Stored, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute(
            "INSERT INTO signing_keys (id, public_key, encrypted_seed, created_at) VALUES ($1, $2, $3, $4)",
            [key.id, key.publicKey, key.encryptedSeed, key.createdAt])
    }

    static func retireOthers(
        than id: String, at now: Instant, forgottenAt: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "UPDATE signing_keys SET retired_at = $2, forgotten_at = $3 WHERE id <> $1 AND retired_at IS NULL",
            [id, now, forgottenAt])
    }
}
