import HTTPServer
import InvoiceDomain
import Primitives

extension InvoiceFilter {
    /// Reads the filters of the query.
    mutating func read(_ request: HTTPRequest) throws(Problem) {
        var errors: [FieldError] = []
        func parsed<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?) -> Value? {
            guard let text = request.queryValue(name) else { return nil }
            guard let value = read(text) else {
                errors.append(
                    FieldError(field: name, code: "malformed", message: "This must be \(expected)."))
                return nil
            }
            return value
        }
        customerID = parsed("customer_id", "an id that starts with cus_") { CustomerID($0) }
        subscriptionID = parsed("subscription_id", "an id that starts with sub_") { SubscriptionID($0) }
        recurringInvoiceID = parsed("recurring_invoice_id", "an id that starts with rec_") {
            RecurringInvoiceID($0)
        }
        state = parsed("status", Self.words(InvoiceState.allCases.map(\.rawValue))) {
            InvoiceState(rawValue: $0)
        }
        debt = parsed("payment_status", Self.words(DebtState.allCases.map(\.rawValue))) {
            DebtState(rawValue: $0)
        }
        guard errors.isEmpty else { throw .invalid(errors) }
    }

    private static func words(_ words: [String]) -> String {
        "one of " + words.joined(separator: ", ")
    }
}
