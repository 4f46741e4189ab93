import EventContracts
import HTTPServer
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Makes and issues the one invoice that a top-up of a wallet asks for.
///
/// No tax is on it: what the money will buy is not known yet, and is taxed when it is invoiced.
struct InvoiceTopUp: Sendable {
    let request: InvoiceRequested
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    /// How long there is to pay it where the customer's terms say nothing.
    static let usualTermsDays = 14

    func run(in tx: borrowing Transaction) throws -> [OutgoingEvent] {
        let organizationID = request.organizationID
        guard let organization = try Organization.find(organizationID, in: tx) else {
            throw HandlingFailure.transient("the organization is not known yet")
        }
        guard let customer = try CustomerStore.find(request.customerID, of: organizationID, in: tx) else {
            throw HandlingFailure.transient("the customer is not known yet")
        }
        let terms = customer.details.paymentTermsDays ?? Self.usualTermsDays
        var invoice = Invoice(
            id: request.invoiceID, organization: organization, customer: customer, currency: request.currency,
            dueDate: organization.zone.date(at: now).adding(days: terms), at: now)
        invoice.walletID = request.walletID
        let language = try customer.language ?? Sender.find(organizationID, in: tx)?.language
        var lines = [
            try InvoiceLine(
                id: LineItemID.new(at: now), description: Self.wording(language ?? ""),
                quantity: ExactDecimal(coefficient: 1, fractionDigits: 0), unitAmount: request.amountMinor)
        ]
        try PriceInvoice(organizationID: organizationID, occasion: .storedLines).run(
            &invoice, &lines, in: tx)
        let draft = try CreateInvoice.save(invoice, lines, cause: cause, in: tx)
        guard request.isSent, !customer.invoiceRecipients.isEmpty else {
            return draft.events
                + (try FinalizeInvoice(
                    id: invoice.id, organizationID: organizationID, now: now, cause: cause
                ).run(in: tx).events)
        }
        return draft.events
            + (try SendInvoice(
                id: invoice.id, organizationID: organizationID, finalizesDraft: true, links: links, now: now,
                cause: cause
            ).run(in: tx).events)
    }

    /// What the line says, in the language of the document.
    private static func wording(_ tag: String) -> String {
        switch tag.prefix(2).lowercased() {
        case "de": "Guthaben aufladen"
        case "fr": "Rechargement du portefeuille"
        case "es": "Recarga del monedero"
        case "ar": "شحن المحفظة"
        default: "Wallet top-up"
        }
    }
}
