import Postgres
import Primitives

/// What documents show of a sender.
struct Sender: Sendable {
    let name: String
    let email: String?
    let address: String?
    let language: String?
    let accentColor: String?
    let taxID: String?
    /// A PNG or JPEG file.
    let logo: [UInt8]?

    static func find(_ id: OrganizationID, in tx: borrowing Transaction) throws -> Sender? {
        let rows = try tx.query(
            """
            SELECT name, email, address, language, accent_color, tax_id FROM organization_persons
            WHERE organization_id = $1
            """, [id])
        guard let row = rows.first else { return nil }
        return Sender(
            name: try row[0], email: try row[1], address: try row[2], language: try row[3],
            accentColor: try row[4], taxID: try row[5], logo: try logo(of: id, in: tx))
    }

    /// The parts of the file that the newest part names, when all of them are there.
    private static func logo(of id: OrganizationID, in tx: borrowing Transaction) throws -> [UInt8]? {
        let parts = try tx.query(
            """
            SELECT p.part_count, p.image FROM organization_logo_parts p
            WHERE p.organization_id = $1 AND p.hash = (
                SELECT hash FROM organization_logo_parts WHERE organization_id = $1 ORDER BY as_of DESC, part LIMIT 1)
            ORDER BY p.part
            """, [id]
        ).map { row in (count: try row.get(0, as: Int32.self), image: try row.get(1, as: [UInt8].self)) }
        guard let first = parts.first, parts.count == Int(first.count) else { return nil }
        return parts.flatMap(\.image)
    }
}
