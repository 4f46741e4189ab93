import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// A wallet is to be topped up: makes and issues the invoice for it, under the id that the request names.
struct MakeRequestedInvoices: EventHandler {
    typealias Payload = InvoiceRequested

    let links: PayLinks
    let outbox: Outbox
    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("the request names the id of its invoice") }

    func handle(_ batch: [Received<InvoiceRequested>], in tx: borrowing Transaction) throws {
        var requests: [InvoiceID: Received<InvoiceRequested>] = [:]
        for event in batch { requests[event.payload.invoiceID] = event }
        let made = try tx.query("SELECT id FROM invoices WHERE id = ANY ($1)", [Array(requests.keys)])
            .column(0, as: InvoiceID.self)
        for id in made { requests[id] = nil }
        let now = clock.now()
        // In one order everywhere: issuing keeps the counter of an organization to itself.
        let ordered = requests.values.sorted {
            ($0.payload.organizationID, $0.payload.invoiceID)
                < ($1.payload.organizationID, $1.payload.invoiceID)
        }
        for request in ordered {
            let events = try InvoiceTopUp(
                request: request.payload, links: links, now: now,
                cause: EventCause(following: request.envelope, clockTime: now)
            ).run(in: tx)
            try AuditTrail.record(
                events, by: .service, of: request.payload.organizationID, at: now, in: tx)
            try outbox.write(events, in: tx)
        }
    }
}
