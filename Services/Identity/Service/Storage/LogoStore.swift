import Crypto
import IdentityDomain
import Postgres
import Primitives

/// A logo as it is stored.
struct StoredLogo: Sendable {
    let mediaType: String
    let hash: [UInt8]
    let image: [UInt8]
}

/// Rows of logos.
enum LogoStore {
    static func find(of id: OrganizationID, in transaction: borrowing Transaction) throws(PostgresError)
        -> StoredLogo?
    {
        let rows = try transaction.query(
            "SELECT media_type, hash, image FROM organization_logos WHERE organization_id = $1", [id])
        guard let row = rows.first else { return nil }
        return StoredLogo(mediaType: try row.get(0), hash: try row.get(1), image: try row.get(2))
    }

    /// Logos by organization, in the order of their ids.
    static func page(
        after cursor: RawID?, limit: Int, in transaction: borrowing Transaction
    ) throws -> [(id: OrganizationID, image: [UInt8])] {
        try transaction.query(
            """
            SELECT organization_id, image FROM organization_logos
            WHERE $1::uuid IS NULL OR organization_id > $1 ORDER BY organization_id LIMIT $2
            """, [cursor.map { OrganizationID($0) }, limit]
        ).map { row in (try row.get(0), try row.get(1)) }
    }

    static func exists(of id: OrganizationID, in transaction: borrowing Transaction) throws(PostgresError)
        -> Bool
    {
        try !transaction.query("SELECT FROM organization_logos WHERE organization_id = $1", [id]).isEmpty
    }

    /// False when it is the one that is there.
    static func replace(
        _ logo: LogoImage, of id: OrganizationID, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        try transaction.execute(
            """
            INSERT INTO organization_logos AS l (organization_id, media_type, hash, image, updated_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (organization_id) DO UPDATE SET media_type = excluded.media_type, hash = excluded.hash,
                image = excluded.image, updated_at = excluded.updated_at
            WHERE l.hash <> excluded.hash
            """, [id, logo.mediaType.rawValue, SHA256.hash(logo.bytes), logo.bytes, now]) == 1
    }

    /// False when there is none.
    static func remove(of id: OrganizationID, in transaction: borrowing Transaction) throws(PostgresError)
        -> Bool
    {
        try transaction.execute("DELETE FROM organization_logos WHERE organization_id = $1", [id]) == 1
    }
}
