import HTTPServer
import InvoiceDomain
import Primitives
import ServiceKit

extension InvoiceFilter {
    /// Reads filters, order and page of the query.
    mutating func read(_ request: HTTPRequest, cursor text: String?) throws(Problem) {
        var query = QueryReader(request)
        customerID = query.parsed("customer_id", "an id that starts with cus_") { CustomerID($0) }
        subscriptionID = query.parsed("subscription_id", "an id that starts with sub_") { SubscriptionID($0) }
        recurringInvoiceID = query.parsed("recurring_invoice_id", "an id that starts with rec_") {
            RecurringInvoiceID($0)
        }
        externalID = request.queryValue("external_id")
        state = query.choice("status", InvoiceState.self)
        debt = query.choice("payment_status", DebtState.self)
        isAutopay = query.flag("autopay")
        isOverdue = query.flag("overdue")
        due = Bounds(from: query.date("due_from"), to: query.date("due_to"))
        issued = Bounds(from: query.date("issued_from"), to: query.date("issued_to"))
        created = Bounds(from: query.moment("created_from"), to: query.moment("created_to"))
        currency = query.currency("currency")
        readTotal(&query)
        search = query.search("q")
        readSort(&query)
        if let text { readCursor(text, &query) }
        try query.finish()
    }

    private mutating func readTotal(_ query: inout QueryReader) {
        let lowest = query.decimal("amount_min")
        let highest = query.decimal("amount_max")
        guard lowest != nil || highest != nil else { return }
        guard let currency else {
            query.refuse("currency", "required", "Amounts need the currency they are in.")
            return
        }
        total = Bounds(
            from: query.minorUnits("amount_min", lowest, currency),
            to: query.minorUnits("amount_max", highest, currency))
    }

    /// A list that is limited by a range is in the order of that range unless it is told otherwise: that is what it
    /// was asked for, and what makes the range a piece of an index.
    private mutating func readSort(_ query: inout QueryReader) {
        let words = InvoiceSort.Key.allCases.map(\.rawValue).joined(separator: ", ")
        if let asked = query.parsed(
            "sort", "one of \(words), with - in front for descending", InvoiceSort.init)
        {
            sort = asked
            if search != nil { query.refuse("sort", "conflicting", "A search has its own order.") }
            if asked.key == .total, currency == nil {
                query.refuse("currency", "required", "Amounts of different currencies have no order.")
            }
        } else if search != nil {
            sort = InvoiceSort(.created)
        } else if due.isBounded || isOverdue == true {
            sort = InvoiceSort(.dueDate)
        } else if issued.isBounded {
            sort = InvoiceSort(.issueDate)
        } else if total.isBounded {
            sort = InvoiceSort(.total)
        }
    }

    private mutating func readCursor(_ text: String, _ query: inout QueryReader) {
        cursor = InvoiceCursor(text, sort.key)
        if cursor == nil, search != nil { cursor = InvoiceCursor(text, .number) }
        if cursor == nil {
            query.refuse("cursor", "malformed", "This is not a cursor of this list in this order.")
        }
    }
}
