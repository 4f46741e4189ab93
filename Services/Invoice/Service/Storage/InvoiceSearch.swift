import Postgres
import Primitives

/// Looks for invoices by what people remember of them: a number, a customer's name or address, a title.
struct InvoiceSearch: Sendable {
    /// What was found.
    enum Hits: Sendable {
        /// Invoices whose title matches, and customers whose name does.
        case few(invoices: [InvoiceID], customers: [CustomerID])
        /// More than is worth collecting.
        case many(String)
    }

    let organizationID: OrganizationID
    let text: String

    /// Behind every text that begins with the same characters.
    static let last = "\u{10FFFF}"
    static let numberLengthMaximum = 40
    private static let invoicesMaximum = 5_000
    private static let customersMaximum = 200

    /// Whether any of the organization's numbers begins like this.
    func isBeginningOfNumber(in tx: borrowing Transaction) throws(PostgresError) -> Bool {
        let beginning = text.uppercased()
        return try tx.query(
            """
            SELECT EXISTS (
                SELECT FROM generate_series(length($2), \(Self.numberLengthMaximum)) AS l (length) CROSS JOIN LATERAL (
                    SELECT FROM invoices WHERE organization_id = $1 AND number IS NOT NULL
                        AND length(number) = l.length AND number COLLATE "C" >= $2 AND number COLLATE "C" < $3
                    LIMIT 1) n)
            """, [organizationID, beginning, beginning + Self.last]
        ).scalar(as: Bool.self) ?? false
    }

    /// What names and titles lead to.
    func hits(in tx: borrowing Transaction) throws(PostgresError) -> Hits {
        let range: [any PostgresEncodable] = [organizationID, text, Self.last]
        let condition = "organization_id = $1 AND term >= lower($2) AND term < lower($2) || $3"
        let customers = try tx.query(
            "SELECT DISTINCT customer_id FROM customer_terms WHERE \(condition) LIMIT $4",
            range + [Self.customersMaximum + 1]
        ).column(0, as: CustomerID.self)
        guard customers.count <= Self.customersMaximum else { return .many(text) }
        let invoices = try tx.query(
            "SELECT invoice_id FROM invoice_terms WHERE \(condition) LIMIT $4",
            range + [Self.invoicesMaximum + 1]
        ).column(0, as: InvoiceID.self)
        guard invoices.count <= Self.invoicesMaximum else { return .many(text) }
        return .few(invoices: Array(Set(invoices)), customers: customers)
    }

    /// The same as a condition on one row; the parameter has a space in front, which is where words begin.
    static func condition(_ parameter: String) -> String {
        """
        (position(lower(\(parameter)) IN ' ' || lower(d.title)) > 0 OR position(lower(\(parameter)) IN ' ' || lower(c.name)) > 0
            OR position(lower(\(parameter)) IN ' ' || lower(c.email)) > 0
            OR position(upper(\(parameter)) IN ' ' || i.number) > 0)
        """
    }
}
