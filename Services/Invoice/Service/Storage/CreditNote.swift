import InvoiceDomain
import Postgres
import Primitives

/// A document by which a sender takes back some of what an invoice asked for.
struct CreditNote: Sendable {
    /// What becomes of the part beyond what is due.
    enum Settlement: String, Sendable, Hashable, CaseIterable {
        /// There is no such part: the note lowers what is due, or follows what was given back before.
        case reduce
        /// It goes back the way it came.
        case refund
        /// It becomes the client's credit at the sender.
        case credit
    }

    let id: CreditNoteID
    let organizationID: OrganizationID
    let invoiceID: InvoiceID
    let customerID: CustomerID
    let number: String
    let currency: Currency
    let amounts: CreditNoteAmounts
    /// By how much it lowered what was due.
    let reduced: Int64
    /// What is given back, as known when the note was issued.
    let returned: Int64
    let settlement: Settlement
    let reason: String
    let issueDate: CivilDate
    let createdAt: Instant
    var voidedAt: Instant?
    /// When a mail with it was asked for last.
    var sentAt: Instant?

    func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: currency) }

    /// The note as the member `credit_note` of the payload that is being written; without words.
    func writeFacts(into writer: inout JSONWriter) {
        writer.key("credit_note")
        writer.beginObject()
        writer.member("credit_note_id", id)
        writer.member("number", number)
        writer.member("amount_minor", amounts.amount)
        writer.member("tax_minor", amounts.tax)
        writer.member("settle", settlement.rawValue)
        writer.member("returned_minor", returned)
        writer.endObject()
    }
}

extension CreditNote.Settlement: PostgresCodable {}
