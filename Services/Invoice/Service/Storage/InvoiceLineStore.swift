import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes the lines of invoices.
enum InvoiceLineStore {
    static func replace(_ lines: [InvoiceLine], of id: InvoiceID, in tx: borrowing Transaction)
        throws(PostgresError)
    {
        try tx.send("DELETE FROM invoice_lines WHERE invoice_id = $1", [id])
        try insert(lines, of: id, in: tx)
    }

    static func insert(_ lines: [InvoiceLine], of id: InvoiceID, in tx: borrowing Transaction)
        throws(PostgresError)
    {
        guard !lines.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO invoice_lines (invoice_id, position, id, description, quantity, unit_amount, total)
            SELECT $1, t.position - 1, t.id, t.description, t.quantity, t.unit_amount, t.total
            FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
                WITH ORDINALITY AS t (id, description, quantity, unit_amount, total, position)
            """,
            [
                id, lines.map(\.id), lines.map(\.description), lines.map(\.quantity.text),
                lines.map(\.unitAmount),
                lines.map(\.total),
            ])
    }

    /// The lines of an invoice in their order.
    static func lines(of id: InvoiceID, in tx: borrowing Transaction) throws -> [InvoiceLine] {
        try tx.query(
            """
            SELECT id, description, quantity, unit_amount FROM invoice_lines WHERE invoice_id = $1 ORDER BY position
            """, [id]
        ).map { row in
            guard let quantity = ExactDecimal(try row.get(2, as: String.self)) else {
                throw PostgresError(code: .decoding, message: "a line's quantity is not a decimal number")
            }
            return try InvoiceLine(
                id: try row[0], description: try row[1], quantity: quantity, unitAmount: try row[3])
        }
    }
}
