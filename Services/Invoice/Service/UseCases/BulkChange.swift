import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Does one thing to many invoices in one transaction; each of them has its own outcome, and none stops the others.
struct BulkChange: Sendable {
    /// What is done to each.
    enum Work: Sendable {
        case send(finalizesDrafts: Bool, links: PayLinks)
        case void
    }

    /// What became of one of them.
    struct Outcome: Sendable {
        let id: String
        /// Nil where it was done.
        let problem: Problem?
    }

    static let invoicesMaximum = 500

    /// As they were given; what is no id names no invoice.
    let ids: [String]
    let organizationID: OrganizationID
    let work: Work
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> (outcomes: [Outcome], events: [OutgoingEvent]) {
        var problems: [String: Problem] = [:]
        var events: [OutgoingEvent] = []
        let known = ids.compactMap { text in InvoiceID(text).map { (id: $0, text: text) } }
        for text in ids where InvoiceID(text) == nil { problems[text] = .notFound }
        // In one order everywhere, so that two of these cannot wait for each other.
        for (id, text) in known.sorted(by: { $0.id < $1.id }) {
            try tx.send("SAVEPOINT one")
            do {
                events += try change(id, in: tx)
            } catch {
                // What the rules refuse is this invoice's own matter; what the database refuses is everybody's.
                guard let problem = (error as? Problem) ?? InvoiceProblems.rule(error),
                    !(error is PostgresError)
                else { throw error }
                problems[text] = problem
                try tx.send("ROLLBACK TO SAVEPOINT one")
            }
            try tx.send("RELEASE SAVEPOINT one")
        }
        return (ids.map { Outcome(id: $0, problem: problems[$0]) }, events)
    }

    private func change(_ id: InvoiceID, in tx: borrowing Transaction) throws -> [OutgoingEvent] {
        switch work {
        case .send(let finalizesDrafts, let links):
            try SendInvoice(
                id: id, organizationID: organizationID, finalizesDraft: finalizesDrafts, links: links,
                now: now,
                cause: cause
            ).run(in: tx).events
        case .void:
            try ChangeIssuedInvoice(
                id: id, organizationID: organizationID, action: .void, now: now, cause: cause
            ).run(in: tx).events
        }
    }
}
