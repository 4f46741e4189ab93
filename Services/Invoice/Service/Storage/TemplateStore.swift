import Postgres
import Primitives

/// Reads and writes templates.
enum TemplateStore {
    static func find(
        _ id: TemplateID, of organizationID: OrganizationID, locked: Bool = false,
        in tx: borrowing Transaction
    ) throws(PostgresError) -> Template? {
        let rows = try tx.query(
            """
            SELECT \(Template.columns) FROM \(Template.tables)
            WHERE t.id = $1 AND t.organization_id = $2\(locked ? " FOR UPDATE OF t" : "")
            """, [id, organizationID])
        guard let row = rows.first else { return nil }
        return try Template(row)
    }

    /// A page of an organization's templates, newest first.
    static func list(
        of organizationID: OrganizationID, before cursor: TemplateID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [Template] {
        try tx.query(
            """
            SELECT \(Template.columns) FROM \(Template.tables)
            WHERE t.organization_id = $1 AND ($2::uuid IS NULL OR t.id < $2) ORDER BY t.id DESC LIMIT $3
            """, [organizationID, cursor, limit]
        ).map { row in try Template(row) }
    }

    /// Whether an organization has a template of this id.
    static func contains(
        _ id: TemplateID, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        try tx.query(
            "SELECT EXISTS (SELECT FROM templates WHERE id = $1 AND organization_id = $2)",
            [id, organizationID]
        ).scalar(as: Bool.self) ?? false
    }

    /// How many an organization has; its other requests that add one wait until the transaction ends.
    static func count(of organizationID: OrganizationID, in tx: borrowing Transaction) throws(PostgresError)
        -> Int
    {
        try tx.send(
            "SELECT pg_advisory_xact_lock(hashtextextended('templates ' || $1::uuid, 0))", [organizationID])
        return try tx.query("SELECT count(*) FROM templates WHERE organization_id = $1", [organizationID])
            .scalar(as: Int.self) ?? 0
    }

    static func insert(_ template: Template, in tx: borrowing Transaction) throws {
        try release(template, in: tx)
        let digest = try keep(template, in: tx)
        try tx.send(
            """
            INSERT INTO templates (id, organization_id, name, is_default, digest, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $6)
            """,
            [
                template.id, template.organizationID, template.name, template.isDefault, digest,
                template.createdAt,
            ])
    }

    static func update(_ template: Template, in tx: borrowing Transaction) throws {
        try release(template, in: tx)
        let digest = try keep(template, in: tx)
        try tx.send(
            "UPDATE templates SET name = $2, is_default = $3, digest = $4, updated_at = $5 WHERE id = $1",
            [template.id, template.name, template.isDefault, digest, template.updatedAt])
    }

    static func delete(_ id: TemplateID, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM templates WHERE id = $1", [id])
    }

    /// The new default takes the place of the old one.
    private static func release(_ template: Template, in tx: borrowing Transaction) throws(PostgresError) {
        guard template.isDefault else { return }
        try tx.send(
            """
            UPDATE templates SET is_default = false, updated_at = $3
            WHERE organization_id = $1 AND is_default AND id <> $2
            """, [template.organizationID, template.id, template.updatedAt])
    }

    private static func keep(_ template: Template, in tx: borrowing Transaction) throws -> [UInt8] {
        let digest = try template.content.digest()
        try tx.send(
            "INSERT INTO template_versions VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [template.organizationID, digest, JSONB(try JSON.encode(template.content))])
        return digest
    }

    /// What is said by the first of some templates that is there; of those, a deleted one is passed over.
    static func content(
        of candidates: [TemplateID], of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) -> TemplateContent? {
        guard !candidates.isEmpty else { return nil }
        return try content(
            tx.query(
                """
                SELECT v.content FROM \(Template.tables)
                WHERE t.organization_id = $1 AND t.id = ANY ($2) ORDER BY array_position($2, t.id) LIMIT 1
                """, [organizationID, candidates]))
    }

    /// What an issued paper says for good.
    static func content(
        _ digest: [UInt8], of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) -> TemplateContent? {
        try content(
            tx.query(
                "SELECT content FROM template_versions WHERE organization_id = $1 AND digest = $2",
                [organizationID, digest]))
    }

    /// Has an invoice keep what the first of some templates that is there says now.
    static func fix(
        _ candidates: [TemplateID], for invoice: Invoice, in tx: borrowing Transaction
    ) throws(PostgresError) -> [UInt8]? {
        try tx.query(
            """
            UPDATE invoice_documents SET template_digest = (
                SELECT digest FROM templates WHERE organization_id = $2 AND id = ANY ($3)
                ORDER BY array_position($3, id) LIMIT 1)
            WHERE invoice_id = $1 RETURNING template_digest
            """, [invoice.id, invoice.organizationID, candidates]
        ).scalar(as: [UInt8]?.self) ?? nil
    }

    private static func content(_ rows: Rows) throws(PostgresError) -> TemplateContent? {
        guard let row = rows.first else { return nil }
        return try TemplateContent.stored(try row[0])
    }
}
