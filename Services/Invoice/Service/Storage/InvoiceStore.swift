import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes single invoices.
enum InvoiceStore {
    /// Reads an invoice of an organization.
    static func find(_ id: InvoiceID, of organizationID: OrganizationID, in tx: borrowing Transaction)
        throws(PostgresError)
        -> Invoice?
    {
        let sql =
            "SELECT \(Invoice.columns) FROM \(Invoice.tables) WHERE i.id = $1 AND i.organization_id = $2"
        return try first(try tx.query(sql, [id, organizationID]))
    }

    /// Reads an invoice that a client was billed; drafts are the sender's own.
    static func find(_ id: InvoiceID, billedTo accountID: AccountID, in tx: borrowing Transaction)
        throws(PostgresError)
        -> Invoice?
    {
        let sql = """
            SELECT \(Invoice.columns) FROM \(Invoice.tables)
            WHERE i.id = $1 AND c.account_id = $2 AND i.state <> 'draft'
            """
        return try first(try tx.query(sql, [id, accountID]))
    }

    /// Reads an invoice of an organization and keeps others from changing it until the transaction ends.
    static func lock(_ id: InvoiceID, of organizationID: OrganizationID, in tx: borrowing Transaction)
        throws(PostgresError)
        -> Invoice?
    {
        let sql = """
            SELECT \(Invoice.columns) FROM \(Invoice.tables) WHERE i.id = $1 AND i.organization_id = $2 FOR UPDATE OF i
            """
        return try first(try tx.query(sql, [id, organizationID]))
    }

    /// Reads invoices and keeps others from changing them; in one order everywhere.
    static func lock(_ ids: [InvoiceID], in tx: borrowing Transaction) throws -> [Invoice] {
        try tx.query(
            "SELECT \(Invoice.columns) FROM \(Invoice.tables) WHERE i.id = ANY ($1) ORDER BY i.id FOR UPDATE OF i",
            [ids]
        ).map { row in try Invoice(row) }
    }

    private static func first(_ rows: Rows) throws(PostgresError) -> Invoice? {
        guard let row = rows.first else { return nil }
        return try Invoice(row)
    }

    static func insert(_ invoice: Invoice, in tx: borrowing Transaction) throws(PostgresError) {
        let changing = invoice.changing
        try tx.send(
            """
            INSERT INTO invoices (id, organization_id, customer_id, state, debt, is_processing, currency, zone, total,
                amount_paid, amount_refunded, amount_credited, subscription_id, wallet_id, due_date, created_at,
                updated_at, pay_link_generation, pay_link_one_time, email_sent_count, sequence)
            VALUES ($1, $2, $3, $4, $5, false, $6, $7, $8, 0, 0, 0, $9, $10, $11, $12, $12, $13, $14, 0, $15)
            """,
            [
                invoice.id, invoice.organizationID, invoice.customerID, changing.standing.state,
                changing.standing.debt, invoice.currency, invoice.zone.name, changing.standing.amounts.total,
                invoice.subscriptionID, invoice.walletID, invoice.dueDate, invoice.createdAt,
                changing.payLink.generation, changing.payLink.isOneTime, changing.sequence,
            ])
        try tx.send(
            "INSERT INTO invoice_documents (invoice_id, title, description) VALUES ($1, $2, $3)",
            [invoice.id, invoice.title, invoice.description])
        try InvoiceTerms.add(invoice, in: tx)
        try InvoiceRegister.note([invoice.change(from: nil)], in: tx)
    }

    /// Writes what an edit of a draft changed.
    static func updateDraft(_ invoice: Invoice, in tx: borrowing Transaction) throws(PostgresError) {
        let amounts = invoice.changing.standing.amounts
        try tx.send(
            """
            UPDATE invoices SET customer_id = $2, currency = $3, total = $4, subscription_id = $5, wallet_id = $6,
                due_date = $7, updated_at = $8, sequence = $9
            WHERE id = $1
            """,
            [
                invoice.id, invoice.customerID, invoice.currency, amounts.total, invoice.subscriptionID,
                invoice.walletID, invoice.dueDate, invoice.updatedAt, invoice.changing.sequence,
            ])
        try InvoiceTerms.remove(invoice.id, of: invoice.organizationID, in: tx)
        try tx.send(
            "UPDATE invoice_documents SET title = $2, description = $3 WHERE invoice_id = $1",
            [invoice.id, invoice.title, invoice.description])
        try InvoiceTerms.add(invoice, in: tx)
        try InvoiceRegister.note([invoice.change(from: nil)], in: tx)
    }

    static func delete(_ invoice: Invoice, in tx: borrowing Transaction) throws(PostgresError) {
        try InvoiceTerms.remove(invoice.id, of: invoice.organizationID, in: tx)
        try InstalmentStore.replace(invoice.particulars.instalments, by: [], of: invoice.id, in: tx)
        for table in ["unsettled_invoices", "invoice_lines", "invoice_documents"] {
            try tx.send("DELETE FROM \(table) WHERE invoice_id = $1", [invoice.id])
        }
        try tx.send("DELETE FROM invoices WHERE id = $1", [invoice.id])
    }

    /// Writes the issue: number, dates, link, and the members of the snapshot that are fixed from now on.
    static func updateIssued(
        _ invoice: Invoice, fixedMembers: [UInt8], in tx: borrowing Transaction
    ) throws(PostgresError) {
        let changing = invoice.changing
        try tx.send(
            """
            UPDATE invoices SET state = $2, debt = $3, number = $4, issue_date = $5, finalized_at = $6, paid_at = $7,
                pay_link_expires_at = $8, pay_link_one_time = $9, updated_at = $10, sequence = $11, total = $12
            WHERE id = $1
            """,
            [
                invoice.id, changing.standing.state, changing.standing.debt, invoice.number,
                invoice.issueDate,
                invoice.finalizedAt, changing.paidAt, changing.payLink.expiresAt, changing.payLink.isOneTime,
                invoice.updatedAt, changing.sequence, changing.standing.amounts.total,
            ])
        try updateFixedMembers(fixedMembers, of: invoice.id, in: tx)
        // A draft counts for nothing, so what it was does not matter.
        try InvoiceRegister.note([invoice.change(from: nil)], in: tx)
    }

    /// Writes the part that changes after the issue.
    static func updateChanging(
        _ invoice: Invoice, before: CountedInvoice, in tx: borrowing Transaction
    ) throws(PostgresError) {
        let changing = invoice.changing
        try tx.send(
            """
            UPDATE invoices SET state = $2, debt = $3, is_processing = $4, processing_payment_id = $5,
                amount_paid = $6, amount_refunded = $7, amount_credited = $8, paid_at = $9, voided_at = $10,
                uncollectible_at = $11, overdue_at = $12, pay_link_generation = $13, pay_link_expires_at = $14,
                updated_at = $15, sequence = $16, amount_to_credit = $17, pay_link_one_time = $18
            WHERE id = $1
            """,
            [
                invoice.id, changing.standing.state, changing.standing.debt, changing.standing.isProcessing,
                changing.processingPaymentID, changing.standing.amounts.paid,
                changing.standing.amounts.refunded,
                changing.standing.amounts.credited, changing.paidAt, changing.voidedAt,
                changing.uncollectibleAt,
                changing.overdueAt, changing.payLink.generation, changing.payLink.expiresAt,
                invoice.updatedAt,
                changing.sequence, changing.amountToCredit, changing.payLink.isOneTime,
            ])
        try InvoiceRegister.note([invoice.change(from: before)], in: tx)
    }

    /// Writes what events say of an issued invoice.
    static func updateFixedMembers(
        _ fixedMembers: [UInt8], of id: InvoiceID, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            "UPDATE invoice_documents SET fixed_members = $2 WHERE invoice_id = $1", [id, fixedMembers])
    }

    /// The fixed members of an issued invoice's snapshot.
    static func fixedMembers(of id: InvoiceID, in tx: borrowing Transaction) throws(PostgresError) -> [UInt8]?
    {
        try tx.query("SELECT fixed_members FROM invoice_documents WHERE invoice_id = $1", [id])
            .scalar(as: [UInt8]?.self) ?? nil
    }
}
