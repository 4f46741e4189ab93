import Postgres
import Primitives

/// The words by which invoices are found: their titles.
enum InvoiceTerms {
    static func add(_ invoice: Invoice, in tx: borrowing Transaction) throws(PostgresError) {
        guard let title = invoice.title, !title.isEmpty else { return }
        try tx.send(
            "INSERT INTO invoice_terms SELECT $1, t.term, $2 FROM unnest(search_terms($3)) AS t (term)",
            [invoice.organizationID, invoice.id, title])
    }

    /// Takes the words of the stored title away; called before that is changed.
    static func remove(
        _ id: InvoiceID, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            DELETE FROM invoice_terms WHERE organization_id = $1 AND invoice_id = $2 AND term = ANY (
                SELECT unnest(search_terms(title)) FROM invoice_documents WHERE invoice_id = $2)
            """, [organizationID, id])
    }
}

/// The words by which customers are found: names, addresses, the sender's own ids.
enum CustomerTerms {
    static func add(_ customer: Customer, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO customer_terms
            SELECT DISTINCT $1::uuid, t.term, $2::uuid
            FROM unnest(search_terms($3) || search_terms($4) || search_terms($5)) AS t (term)
            """,
            [customer.organizationID, customer.id, customer.name, customer.email, customer.externalID])
    }

    static func remove(_ ids: [CustomerID], in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM customer_terms WHERE customer_id = ANY ($1)", [ids])
    }
}
