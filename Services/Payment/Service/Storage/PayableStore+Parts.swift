import EventContracts
import Postgres
import Primitives

/// The dated parts of payables, which most do without.
extension PayableStore {
    /// Keeps the parts of invoices that have become payables, and whether less than everything may be paid.
    ///
    /// They are fixed when an invoice is issued, so nothing changes them afterwards.
    static func writeParts(
        of invoices: [InvoiceSnapshot], among new: Set<InvoiceID>, in tx: borrowing Transaction
    ) throws {
        let special = invoices.filter {
            new.contains($0.invoiceID) && ($0.parts?.isEmpty == false || $0.allowsPartialPayments == true)
        }
        guard !special.isEmpty else { return }
        let parts = special.flatMap { invoice in (invoice.parts ?? []).map { (invoice.invoiceID, $0) } }
        try tx.send(
            """
            UPDATE payables b SET allows_partial = t.allows_partial, part_dates = p.dates, part_through = p.through
              FROM unnest($1::uuid[], $2::boolean[]) AS t (invoice, allows_partial)
              LEFT JOIN (
                SELECT invoice, array_agg(due ORDER BY no) AS dates, array_agg(through ORDER BY no) AS through
                  FROM (SELECT invoice, no, due, (sum(amount) OVER (PARTITION BY invoice ORDER BY no))::bigint AS through
                          FROM unnest($3::uuid[], $4::bigint[], $5::date[], $6::bigint[]) AS u (invoice, no, due, amount)) s
                 GROUP BY invoice) p ON p.invoice = t.invoice
             WHERE b.invoice_id = t.invoice
            """,
            [
                special.map(\.invoiceID), special.map { $0.allowsPartialPayments ?? false },
                parts.map(\.0), parts.map { Int64($0.1.no) }, parts.map(\.1.dueDate),
                parts.map(\.1.amountMinor),
            ])
    }

    /// Reads `part_dates` and `part_through`.
    static func parts(_ row: Row, at first: Int) throws -> [Instalment] {
        guard let dates = try row.get(first, as: [CivilDate]?.self),
            let through = try row.get(first + 1, as: [Int64]?.self)
        else { return [] }
        return zip(dates, zip(through, [0] + through)).enumerated().map { index, part in
            Instalment(number: index + 1, dueDate: part.0, amount: part.1.0 - part.1.1)
        }
    }
}
