import Postgres
import Primitives

/// The notices of one audience, as one reader sees them.
struct NoticeList: Sendable {
    /// Whose notices.
    enum Audience: Sendable {
        case organization(OrganizationID)
        case account(AccountID)
    }

    /// A notice and whether this reader has read it.
    struct NoticeRow: Sendable {
        let id: NoticeID
        let organizationID: OrganizationID?
        let kind: String
        let invoiceID: InvoiceID?
        let invoiceNumber: String?
        let currency: String?
        let amountMinor: Int64?
        let date: CivilDate?
        let detail: String?
        let createdAt: Instant
        let readAt: Instant?
    }

    let audience: Audience
    let reader: AccountID

    private var condition: (text: String, value: any PostgresEncodable) {
        switch audience {
        case .organization(let id): ("n.account_id IS NULL AND n.organization_id = $1", id)
        case .account(let id): ("n.account_id = $1", id)
        }
    }

    /// The newest first, before a cursor.
    func rows(before cursor: NoticeID?, limit: Int, in tx: borrowing Transaction) throws -> [NoticeRow] {
        let condition = condition
        return try tx.query(
            """
            SELECT n.id, n.organization_id, n.kind, n.invoice_id, coalesce(n.invoice_number, i.number), n.currency,
                n.amount_minor, n.on_date, n.detail, n.created_at, r.read_at
            FROM notices n LEFT JOIN notice_reads r ON r.notice_id = n.id AND r.account_id = $2
                LEFT JOIN invoices i ON i.invoice_id = n.invoice_id
            WHERE \(condition.text) AND ($3::uuid IS NULL OR n.id < $3)
            ORDER BY n.id DESC LIMIT $4
            """, [condition.value, reader, cursor, limit]
        ).map { row in
            NoticeRow(
                id: try row[0], organizationID: try row[1], kind: try row[2], invoiceID: try row[3],
                invoiceNumber: try row[4], currency: try row[5], amountMinor: try row[6], date: try row[7],
                detail: try row[8], createdAt: try row[9], readAt: try row[10])
        }
    }

    /// Notes that the reader has read a notice; false if there is no such notice for this audience.
    func markRead(_ id: NoticeID, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        let condition = condition
        let found = try tx.query(
            "SELECT 1 FROM notices n WHERE \(condition.text) AND n.id = $2", [condition.value, id])
        guard !found.isEmpty else { return false }
        try tx.send(
            "INSERT INTO notice_reads (notice_id, account_id, read_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [id, reader, now])
        return true
    }
}
