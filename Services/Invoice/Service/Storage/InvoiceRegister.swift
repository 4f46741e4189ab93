import InvoiceDomain
import Postgres
import Primitives

/// Keeps what lists and statistics are read from in step with invoices, in the transaction that changes them.
enum InvoiceRegister {
    /// An invoice before and after; nil where there was or is none.
    struct Change {
        let invoiceID: InvoiceID
        let organizationID: OrganizationID
        let currency: Currency
        let before: CountedInvoice?
        let after: CountedInvoice?
    }

    /// Writes what changed: at most three statements, however many invoices there are.
    static func note(
        _ changes: [Change], and money: StatisticChanges = StatisticChanges(), in tx: borrowing Transaction
    ) throws(PostgresError) {
        var statistics = money
        var settled: [InvoiceID] = []
        var unsettled: [(id: InvoiceID, organizationID: OrganizationID, invoice: CountedInvoice)] = []
        for change in changes {
            statistics.add(
                CountedInvoice.changes(from: change.before, to: change.after), change.organizationID,
                change.currency)
            if let after = change.after, !after.isPlainlyPaid {
                if !listsAlike(change.before, after) {
                    unsettled.append((change.invoiceID, change.organizationID, after))
                }
            } else if change.before?.isPlainlyPaid != true {
                settled.append(change.invoiceID)
            }
        }
        if !settled.isEmpty {
            try tx.send("DELETE FROM unsettled_invoices WHERE invoice_id = ANY ($1)", [settled])
        }
        if !unsettled.isEmpty { try write(unsettled, in: tx) }
        try statistics.write(in: tx)
    }

    /// Whether a list would show the invoice in the same place.
    private static func listsAlike(_ before: CountedInvoice?, _ after: CountedInvoice) -> Bool {
        guard let before, !before.isPlainlyPaid else { return false }
        return before.standing.state == after.standing.state && before.standing.debt == after.standing.debt
            && before.dueDate == after.dueDate
    }

    private static func write(
        _ rows: [(id: InvoiceID, organizationID: OrganizationID, invoice: CountedInvoice)],
        in tx: borrowing Transaction
    ) throws(PostgresError) {
        guard let first = rows.first else { return }
        // A request has one row. As an array it would be planned each time, because the planner cannot know how long
        // another one would be, and the question for the mandate makes that dear.
        guard rows.count > 1 else {
            let standing = first.invoice.standing
            return try tx.send(
                insert("(VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::date))"),
                [first.id, first.organizationID, standing.state, standing.debt, first.invoice.dueDate])
        }
        let standings = rows.map(\.invoice.standing)
        try tx.send(
            insert("unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[])"),
            [
                rows.map(\.id), rows.map(\.organizationID), standings.map(\.state), standings.map(\.debt),
                rows.map(\.invoice.dueDate),
            ])
    }

    private static func insert(_ rows: String) -> String {
        """
        INSERT INTO unsettled_invoices (invoice_id, organization_id, state, debt, due_date, is_autopay)
        SELECT t.*, CASE t.state WHEN 'finalized' THEN (\(MandateProjection.covers("t.id"))) ELSE false END
        FROM \(rows) AS t (id, organization, state, debt, due)
        ON CONFLICT (invoice_id) DO UPDATE SET state = excluded.state, debt = excluded.debt,
            due_date = excluded.due_date, is_autopay = excluded.is_autopay
        """
    }
}

extension Invoice {
    /// What of it statistics and lists depend on.
    var counted: CountedInvoice {
        CountedInvoice(
            standing: changing.standing, dueDate: dueDate, issueDate: issueDate, finalizedAt: finalizedAt,
            paidAt: changing.paidAt)
    }

    /// The change from what it was to what it is.
    func change(from before: CountedInvoice?) -> InvoiceRegister.Change {
        InvoiceRegister.Change(
            invoiceID: id, organizationID: organizationID, currency: currency, before: before, after: counted)
    }
}
