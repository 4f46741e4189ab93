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
        let plain: [any PostgresEncodable] = [
            id, lines.map(\.id), lines.map(\.description), lines.map(\.quantity.text),
            lines.map(\.unitAmount),
            lines.map(\.total),
        ]
        guard lines.contains(where: { !$0.isPlain }) else {
            try tx.send(insertPlain, plain)
            return
        }
        try tx.send(
            insertWhole,
            plain + [
                lines.map { $0.hasFinePrice ? $0.unitPrice.text : nil }, lines.map(\.discount?.percentage),
                lines.map(\.discount?.fixedAmount), lines.map { $0.metadata.map { JSONB($0) } },
                lines.map(\.amounts.discount), lines.map(\.amounts.tax), lines.map(\.amounts.addedTax),
                lines.enumerated().flatMap { entry in entry.element.taxRates.map { _ in entry.offset } },
                lines.flatMap(\.taxRates),
            ])
    }

    private static let insertPlain = """
        INSERT INTO invoice_lines (invoice_id, position, id, description, quantity, unit_amount, total)
        SELECT $1, t.position - 1, t.id, t.description, t.quantity, t.unit_amount, t.total
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
            WITH ORDINALITY AS t (id, description, quantity, unit_amount, total, position)
        """

    private static let insertWhole = """
        INSERT INTO invoice_lines (invoice_id, position, id, description, quantity, unit_amount, total, unit_price,
            discount_parts_per_million, discount_amount, metadata, discount, tax, added_tax, tax_rate_ids)
        SELECT $1, t.position - 1, t.id, t.description, t.quantity, t.unit_amount, t.total, t.unit_price,
            t.discount_parts_per_million, t.discount_amount, t.metadata, t.discount, t.tax, t.added_tax, r.ids
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[],
            $9::bigint[], $10::jsonb[], $11::bigint[], $12::bigint[], $13::bigint[])
            WITH ORDINALITY AS t (id, description, quantity, unit_amount, total, unit_price,
                discount_parts_per_million, discount_amount, metadata, discount, tax, added_tax, position)
        LEFT JOIN (
            SELECT line, array_agg(id ORDER BY ordinal) AS ids
            FROM unnest($14::bigint[], $15::uuid[]) WITH ORDINALITY AS l (line, id, ordinal) GROUP BY line
        ) r ON r.line = t.position - 1
        """

    /// Writes what pricing has found for lines that are stored already.
    static func updateAmounts(_ lines: [InvoiceLine], of id: InvoiceID, in tx: borrowing Transaction)
        throws(PostgresError)
    {
        try tx.send(
            """
            UPDATE invoice_lines l SET discount = t.discount, tax = t.tax, added_tax = t.added_tax
            FROM unnest($2::bigint[], $3::bigint[], $4::bigint[])
                WITH ORDINALITY AS t (discount, tax, added_tax, position)
            WHERE l.invoice_id = $1 AND l.position = t.position - 1
            """,
            [id, lines.map(\.amounts.discount), lines.map(\.amounts.tax), lines.map(\.amounts.addedTax)])
    }

    /// The lines of an invoice in their order.
    static func lines(of id: InvoiceID, in tx: borrowing Transaction) throws -> [InvoiceLine] {
        try tx.query(
            """
            SELECT id, description, quantity, unit_amount, unit_price, discount_parts_per_million, discount_amount,
                tax_rate_ids, metadata, discount, tax, added_tax
            FROM invoice_lines WHERE invoice_id = $1 ORDER BY position
            """, [id]
        ).map { row in
            let finePrice = try row.get(4, as: String?.self).map { try decimal($0) }
            let price = try finePrice ?? ExactDecimal(coefficient: row.get(3), fractionDigits: 0)
            return try InvoiceLine(
                id: try row[0], description: try row[1], quantity: try decimal(try row[2]), unitPrice: price,
                discount: Discount(percentage: try row[5], amount: try row[6]),
                taxRates: try row.get(7, as: [TaxRateID]?.self) ?? [],
                metadata: try row.get(8, as: JSONB?.self)?.bytes,
                amounts: LineAmounts(discount: try row[9], tax: try row[10], addedTax: try row[11]))
        }
    }

    private static func decimal(_ text: String) throws(PostgresError) -> ExactDecimal {
        guard let decimal = ExactDecimal(text) else {
            throw PostgresError(
                code: .decoding, message: "a line's quantity or price is not a decimal number")
        }
        return decimal
    }
}

extension InvoiceLine {
    /// Whether there is nothing to it but what it is for, how much of it and at what price.
    fileprivate var isPlain: Bool {
        !hasFinePrice && discount == nil && taxRates.isEmpty && metadata == nil && amounts == .none
    }
}
