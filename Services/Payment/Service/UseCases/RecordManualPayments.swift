import HTTPServer
import Postgres
import Primitives

/// Records for many invoices that everything open came by hand; each has its own outcome, and none stops the others.
struct RecordManualPayments: Sendable {
    /// What became of one invoice.
    enum Outcome: Sendable {
        /// There was nothing to record.
        case unchanged
        case recorded(InvoiceID)
        case refused(Problem)
    }

    static let invoicesMaximum = 500

    let record: RecordManualPayment

    /// Records them in one transaction.
    ///
    /// - Parameters:
    ///   - ids: As they were given; what is no id names no invoice.
    ///   - organization: Whose they must be.
    ///   - tx: The transaction.
    /// - Returns: An outcome for each, in the same order.
    /// - Throws: What the database refuses; what the rules refuse is an outcome.
    func callAsFunction(
        _ ids: [String], for organization: OrganizationID, in tx: borrowing Transaction
    ) throws -> [Outcome] {
        var outcomes = ids.map { _ in Outcome.refused(.notFound) }
        let known = ids.enumerated().compactMap { index, text in InvoiceID(text).map { (index, id: $0) } }
        // In one order everywhere, so that two of these cannot wait for each other.
        for (index, id) in known.sorted(by: { $0.id < $1.id }) {
            do {
                // It refuses before it writes anything, so there is nothing to take back.
                let isNew = try record(receivedMinor: nil, of: id, for: organization, in: tx)
                outcomes[index] = isNew ? .recorded(id) : .unchanged
            } catch let problem as Problem {
                outcomes[index] = .refused(problem)
            }
        }
        return outcomes
    }
}
