import Postgres
import Primitives

/// Which invoice of a series an invoice is.
struct InvoiceOccurrence: Sendable, Hashable {
    let recurringInvoiceID: RecurringInvoiceID
    /// The day for which it was made, which is not always the day on which it was.
    let date: CivilDate
}

extension InvoiceOccurrence {
    /// What a row says; nil for an invoice of no series.
    init?(_ row: Row, at first: Int) throws(PostgresError) {
        guard let id = try row.get(first, as: RecurringInvoiceID?.self),
            let date = try row.get(first + 1, as: CivilDate?.self)
        else { return nil }
        self.init(recurringInvoiceID: id, date: date)
    }
}
