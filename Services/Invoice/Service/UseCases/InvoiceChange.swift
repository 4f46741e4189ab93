import EventContracts
import InvoiceDomain

/// What a use case did: the invoice as it is now, and the events that tell it.
struct InvoiceChange: Sendable {
    let invoice: Invoice
    let lines: [InvoiceLine]
    let events: [OutgoingEvent]
}
