import InvoiceDomain
import Postgres
import Primitives

/// Which invoices a list shows.
struct InvoiceFilter: Sendable {
    /// Whose invoices: those of a sender, or those that a client was billed by anybody.
    enum Audience: Sendable {
        case organization(OrganizationID)
        case account(AccountID)

        /// Whether it is a client who reads.
        var isClient: Bool {
            if case .account = self { true } else { false }
        }
    }

    let audience: Audience
    var customerID: CustomerID?
    var subscriptionID: SubscriptionID?
    var recurringInvoiceID: RecurringInvoiceID?
    var state: InvoiceState?
    var debt: DebtState?
    /// The last invoice of the page before.
    var cursor: InvoiceID?
    /// How many at most.
    let limit: Int

    /// Reads the page, newest first.
    func invoices(in tx: borrowing Transaction) throws -> [Invoice] {
        var parameters: [any PostgresEncodable] = []
        var conditions: [String] = []
        func add(_ condition: String, _ value: any PostgresEncodable) {
            parameters.append(value)
            conditions.append("\(condition) $\(parameters.count)")
        }
        switch audience {
        case .organization(let id):
            add("i.organization_id =", id)
        case .account(let id):
            conditions.append("i.state <> 'draft'")
            add("c.account_id =", id)
        }
        if let customerID { add("i.customer_id =", customerID) }
        if let subscriptionID { add("i.subscription_id =", subscriptionID) }
        if let recurringInvoiceID { add("d.recurring_invoice_id =", recurringInvoiceID) }
        if let state { add("i.state =", state) }
        if let debt { add("i.debt =", debt) }
        if let cursor { add("i.id <", cursor) }
        parameters.append(limit)
        let sql = """
            SELECT \(Invoice.columns) FROM \(Invoice.tables) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY i.id DESC LIMIT $\(parameters.count)
            """
        return try tx.query(sql, parameters).map { row in try Invoice(row) }
    }
}
