import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps the logos of senders, as documents show them.
struct ProjectLogo: EventHandler {
    typealias Payload = LogoChanged

    var deduplication: Deduplication { .naturalKey("an older event changes nothing") }

    /// Identity takes no larger files than this many parts hold.
    private static let maximumParts = 8

    func handle(_ batch: [Received<LogoChanged>], in tx: borrowing Transaction) throws {
        for event in batch {
            let payload = event.payload
            guard (0..<Self.maximumParts).contains(payload.part),
                (0...Self.maximumParts).contains(payload.partCount)
            else { throw HandlingFailure.permanent("a logo has few parts") }
            var image: [UInt8]?
            if let text = payload.image {
                guard let bytes = Base64URL.decode(text), bytes.count <= LogoChanged.partBytesMaximum else {
                    throw HandlingFailure.permanent("the image is not base64url of an acceptable size")
                }
                image = bytes
            }
            try tx.execute(
                Self.upsert,
                [
                    payload.organizationID, payload.part, payload.partCount, payload.hash, image,
                    event.envelope.time,
                ])
        }
    }

    private static let upsert = """
        INSERT INTO organization_logo_parts AS l (organization_id, part, part_count, hash, image, as_of)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (organization_id, part) DO UPDATE SET part_count = excluded.part_count, hash = excluded.hash,
            image = excluded.image, as_of = excluded.as_of
        WHERE l.as_of < excluded.as_of
        """
}
