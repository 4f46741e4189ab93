import InvoiceDomain
import Postgres
import Primitives

/// Reads what reminders depend on, and writes those that are sent.
enum ReminderStore {
    /// What is known of an open invoice besides itself.
    struct Circumstances: Sendable {
        let isAutopay: Bool
        /// Whether the client was sent the invoice.
        let wasSent: Bool
    }

    /// A reminder that is to be sent.
    struct Entry: Sendable {
        let invoiceID: InvoiceID
        let kind: ReminderKind
        let dueDate: CivilDate
        /// Nil where a person asked for it.
        let rule: Int?
    }

    /// The next open invoices of which all, or the next part, has this due date, in the order of their ids.
    static func due(
        on date: CivilDate, of organizationID: OrganizationID, after id: InvoiceID?, limit: Int,
        in tx: borrowing Transaction
    ) throws(PostgresError) -> [InvoiceID] {
        func some(_ condition: String) -> String {
            """
            (SELECT invoice_id FROM unsettled_invoices
            WHERE organization_id = $1 AND \(condition) AND state = 'finalized' AND ($3::uuid IS NULL OR invoice_id > $3)
            ORDER BY invoice_id LIMIT $4)
            """
        }
        // Those that are stamped as overdue and those that are not stand apart in the index, and so do those in parts.
        let all = [
            "NOT is_overdue AND due_date = $2 AND next_due_date IS NULL",
            "is_overdue AND due_date = $2 AND next_due_date IS NULL", "next_due_date = $2",
        ]
        return try tx.query(
            all.map(some).joined(separator: " UNION ") + " ORDER BY invoice_id LIMIT $4",
            [organizationID, date, id, limit]
        ).column(0, as: InvoiceID.self)
    }

    static func circumstances(
        of ids: [InvoiceID], in tx: borrowing Transaction
    ) throws(PostgresError) -> [InvoiceID: Circumstances] {
        var found: [InvoiceID: Circumstances] = [:]
        let rows = try tx.query(
            """
            SELECT u.invoice_id, u.is_autopay,
                EXISTS (SELECT FROM invoice_mails m WHERE m.invoice_id = u.invoice_id AND m.kind = 'invoice')
            FROM unsettled_invoices u WHERE u.invoice_id = ANY ($1)
            """, [ids])
        for row in rows {
            found[try row.get(0)] = Circumstances(isAutopay: try row[1], wasSent: try row[2])
        }
        return found
    }

    /// Writes the reminders of a day, and gives the invoices that had none on it and none by the same rule.
    static func insert(
        _ entries: [Entry], on day: CivilDate, at now: Instant, in tx: borrowing Transaction
    ) throws(PostgresError) -> Set<InvoiceID> {
        Set(
            try tx.query(
                """
                INSERT INTO reminders (invoice_id, day, kind, due_date, rule_days, sent_at)
                SELECT invoice_id, $5, kind, due_date, rule_days, $6
                FROM unnest($1::uuid[], $2::text[], $3::date[], $4::integer[])
                    AS t (invoice_id, kind, due_date, rule_days)
                ON CONFLICT DO NOTHING RETURNING invoice_id
                """,
                [
                    entries.map(\.invoiceID), entries.map(\.kind.rawValue), entries.map(\.dueDate),
                    entries.map { $0.rule.map { Int32($0) } }, day, now,
                ]
            ).column(0, as: InvoiceID.self))
    }
}
