import Postgres
import Primitives

/// Reads and writes the dated parts of invoices.
enum InstalmentStore {
    /// The parts of a document `d` as an expression; nothing is looked up for an invoice that has none.
    static let column = """
        CASE WHEN d.instalment_terms IS NOT NULL THEN (
            SELECT jsonb_agg(jsonb_build_array(p.no, p.due_date - date '1970-01-01', p.amount) ORDER BY p.no)
            FROM invoice_instalments p WHERE p.invoice_id = d.invoice_id) END
        """

    /// Reads what the expression gives.
    static func all(_ stored: JSONB?) throws(PostgresError) -> [Instalment] {
        guard let stored else { return [] }
        do {
            return try JSON.decode([[Int64]].self, from: stored.bytes).map { part in
                Instalment(
                    number: Int(part[0]), dueDate: CivilDate(daysSince1970: Int(part[1])), amount: part[2])
            }
        } catch {
            throw PostgresError(code: .decoding, message: "the parts of an invoice are not readable")
        }
    }

    /// Keeps the day on which each of some open invoices, which are paid in parts, is due next.
    static func noteNextDueDates(
        of ids: [InvoiceID], in tx: borrowing Transaction
    ) throws(PostgresError) {
        guard !ids.isEmpty else { return }
        try tx.send(
            """
            UPDATE unsettled_invoices u SET next_due_date = next_due_date(i) FROM invoices i
            WHERE i.id = ANY ($1) AND u.invoice_id = i.id AND u.next_due_date IS DISTINCT FROM next_due_date(i)
            """, [ids])
    }

    /// Puts parts in the place of those that were.
    static func replace(
        _ before: [Instalment], by parts: [Instalment], of id: InvoiceID, in tx: borrowing Transaction
    ) throws(PostgresError) {
        guard parts != before else { return }
        if !before.isEmpty { try tx.send("DELETE FROM invoice_instalments WHERE invoice_id = $1", [id]) }
        guard !parts.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO invoice_instalments (invoice_id, no, due_date, amount, through)
            SELECT $1, t.no, t.due_date, t.amount, sum(t.amount) OVER (ORDER BY t.no)
            FROM unnest($2::date[], $3::bigint[]) WITH ORDINALITY AS t (due_date, amount, no)
            """, [id, parts.map(\.dueDate), parts.map(\.amount)])
    }
}
