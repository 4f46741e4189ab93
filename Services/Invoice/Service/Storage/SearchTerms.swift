import Postgres
import Primitives

/// A text as it is searched for: from its beginning and from the beginning of each of its next words.
enum SearchTerms {
    /// The rows of a text's terms; in the statement itself, because a function would be planned for every row.
    ///
    /// The same as the function `search_terms` of the schema, with which tables are filled at once.
    static func rows(of text: String) -> String {
        """
        (SELECT DISTINCT left(array_to_string(s.word[n:], ' '), 64) AS term
        FROM (SELECT array_remove(string_to_array(lower(\(text)), ' '), '') AS word) s
            JOIN (VALUES (1), (2), (3), (4)) AS v (n) ON v.n <= cardinality(s.word))
        """
    }
}

/// The words by which invoices are found: their titles.
enum InvoiceTerms {
    static func add(_ invoice: Invoice, in tx: borrowing Transaction) throws(PostgresError) {
        guard let title = invoice.title, !title.isEmpty else { return }
        try tx.send(
            "INSERT INTO invoice_terms SELECT $1, t.term, $2 FROM \(SearchTerms.rows(of: "$3::text")) AS t",
            [invoice.organizationID, invoice.id, title])
    }

    /// Takes the words of the stored title away; called before that is changed.
    static func remove(
        _ id: InvoiceID, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            DELETE FROM invoice_terms USING invoice_documents d CROSS JOIN LATERAL \(SearchTerms.rows(of: "d.title")) AS t
            WHERE d.invoice_id = $2 AND invoice_terms.organization_id = $1 AND invoice_terms.invoice_id = $2
                AND invoice_terms.term = t.term
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
            FROM unnest($3::text[]) AS w (text) CROSS JOIN LATERAL \(SearchTerms.rows(of: "w.text")) AS t
            """,
            [
                customer.organizationID, customer.id,
                [customer.name, customer.email, customer.externalID].compactMap(\.self),
            ])
    }

    static func remove(_ ids: [CustomerID], in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM customer_terms WHERE customer_id = ANY ($1)", [ids])
    }
}
