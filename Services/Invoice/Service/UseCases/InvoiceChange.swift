import EventContracts
import InvoiceDomain

/// What a use case did: the invoice as it is now, and the events that tell it.
struct InvoiceChange: Sendable {
    let invoice: Invoice
    let lines: [InvoiceLine]
    let events: [OutgoingEvent]
}

extension Invoice {
    /// As its client may see it: without what the sender keeps for itself.
    var forClient: Invoice {
        var shown = self
        shown.particulars.metadata = nil
        shown.particulars.externalID = nil
        return shown
    }
}

extension InvoiceChange {
    /// As its client may see it.
    var forClient: InvoiceChange {
        let shown = lines.map { line in
            var line = line
            line.metadata = nil
            return line
        }
        return InvoiceChange(invoice: invoice.forClient, lines: shown, events: events)
    }
}
