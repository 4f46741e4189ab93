import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes credit notes.
enum CreditNoteStore {
    private static let columns = """
        id, organization_id, invoice_id, customer_id, number, currency, amount, tax, taxes, lines, reduced, returned, \
        settle, reason, issue_date, created_at, voided_at
        """

    /// Which notes a list shows.
    struct Filter: Sendable {
        let organizationID: OrganizationID
        var invoiceID: InvoiceID?
        var customerID: CustomerID?
        var cursor: CreditNoteID?
        let limit: Int
    }

    static func insert(_ note: CreditNote, in tx: borrowing Transaction) throws {
        let amounts = note.amounts
        try tx.send(
            """
            INSERT INTO credit_notes (\(columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            """,
            [
                note.id, note.organizationID, note.invoiceID, note.customerID, note.number, note.currency,
                amounts.amount, amounts.tax, try amounts.taxesJSON(), try amounts.linesJSON(), note.reduced,
                note.returned, note.settlement, note.reason, note.issueDate, note.createdAt, note.voidedAt,
            ])
    }

    static func void(_ id: CreditNoteID, at now: Instant, in tx: borrowing Transaction) throws(PostgresError)
    {
        try tx.send("UPDATE credit_notes SET voided_at = $2 WHERE id = $1", [id, now])
    }

    static func find(
        _ id: CreditNoteID, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws -> CreditNote? {
        try tx.query(
            "SELECT \(columns) FROM credit_notes WHERE id = $1 AND organization_id = $2",
            [id, organizationID]
        ).first.map { try note($0) }
    }

    /// Reads a note of anybody: who may see it is whoever may see its invoice.
    static func find(_ id: CreditNoteID, in tx: borrowing Transaction) throws -> CreditNote? {
        try tx.query("SELECT \(columns) FROM credit_notes WHERE id = $1", [id]).first.map { try note($0) }
    }

    /// The notes of an invoice that stand, oldest first.
    static func standing(of id: InvoiceID, in tx: borrowing Transaction) throws -> [CreditNote] {
        try tx.query(
            """
            SELECT \(columns) FROM credit_notes WHERE invoice_id = $1 AND voided_at IS NULL ORDER BY id
            """, [id]
        ).map { try note($0) }
    }

    /// A page of notes, newest first.
    static func list(_ filter: Filter, in tx: borrowing Transaction) throws -> [CreditNote] {
        var parameters: [any PostgresEncodable] = [filter.organizationID, filter.limit]
        var conditions = ["organization_id = $1"]
        func add(_ condition: String, _ value: any PostgresEncodable) {
            parameters.append(value)
            conditions.append("\(condition) $\(parameters.count)")
        }
        if let invoiceID = filter.invoiceID { add("invoice_id =", invoiceID) }
        if let customerID = filter.customerID { add("customer_id =", customerID) }
        if let cursor = filter.cursor { add("id <", cursor) }
        return try tx.query(
            """
            SELECT \(columns) FROM credit_notes WHERE \(conditions.joined(separator: " AND "))
            ORDER BY id DESC LIMIT $2
            """, parameters
        ).map { try note($0) }
    }

    private static func note(_ row: Row) throws(PostgresError) -> CreditNote {
        CreditNote(
            id: try row[0], organizationID: try row[1], invoiceID: try row[2], customerID: try row[3],
            number: try row[4], currency: try row[5],
            amounts: try .stored(
                amount: try row[6], tax: try row[7], taxes: try row[8], lines: try row[9]),
            reduced: try row[10], returned: try row[11], settlement: try row[12], reason: try row[13],
            issueDate: try row[14], createdAt: try row[15], voidedAt: try row[16])
    }
}
