import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Makes a fresh pay link for whoever has an expired one, and sends it to the customer's address and to no other.
struct RenewPayLinks: EventHandler {
    typealias Payload = PayLinkRenewalRequested

    let links: PayLinks
    let outbox: Outbox
    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("a wish is for the link of one generation") }

    func handle(_ batch: [Received<PayLinkRenewalRequested>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        // In one order everywhere. People ask for this by hand, so each has its own statements.
        for wish in batch.sorted(by: { $0.payload.invoiceID < $1.payload.invoiceID }) {
            let organizationID = wish.payload.organizationID
            guard let invoice = try InvoiceStore.lock(wish.payload.invoiceID, of: organizationID, in: tx),
                invoice.changing.payLink.generation == wish.payload.generation,
                invoice.changing.standing.amountDue > 0,
                let customer = try CustomerStore.find(invoice.customerID, of: organizationID, in: tx),
                !customer.invoiceRecipients.isEmpty
            else { continue }
            let cause = EventCause(following: wish.envelope, clockTime: now)
            let change = try ReplacePayLink(
                id: invoice.id, organizationID: organizationID, life: .renewed(until: nil, isOneTime: nil),
                now: now, cause: cause
            ).run(invoice, in: tx)
            let organization = try CreateInvoice.organization(organizationID, in: tx)
            let mails = InvoiceMails(organization: organization, links: links, now: now, cause: cause)
            let events =
                change.events
                + (try mails.ask(
                    for: [
                        InvoiceMails.Letter(kind: .renewedLink, invoice: change.invoice, customer: customer)
                    ],
                    in: tx))
            try AuditTrail.record(events, by: .service, of: organizationID, at: now, in: tx)
            try outbox.write(events, in: tx)
        }
    }
}
