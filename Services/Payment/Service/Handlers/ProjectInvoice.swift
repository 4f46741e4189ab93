import EventContracts
import Messaging
import Postgres

/// An event that carries an invoice as it is then.
protocol InvoiceEvent: EventPayload {
    var invoice: InvoiceSnapshot { get }
}

extension InvoiceFinalized: InvoiceEvent {}
extension InvoiceVoided: InvoiceEvent {}
extension InvoiceMarkedUncollectible: InvoiceEvent {}
extension InvoicePaymentAcknowledged: InvoiceEvent {}
extension PayLinkChanged: InvoiceEvent {}
extension CreditNoteIssued: InvoiceEvent {}
extension CreditNoteVoided: InvoiceEvent {}
extension InvoiceSnapshotTaken: InvoiceEvent {}

/// Handles every event that carries an invoice in the same way: as its state at a sequence.
struct ProjectInvoice<Payload: InvoiceEvent>: EventHandler {
    let project: ProjectPayables
    let deduplication = Deduplication.naturalKey(
        "a state that is not newer than the stored sequence changes nothing")

    func handle(_ batch: [Received<Payload>], in tx: borrowing Transaction) throws {
        try project(
            batch.map { event in
                ProjectPayables.State(
                    invoice: event.payload.invoice, sequence: event.envelope.sequence ?? 0,
                    envelope: event.envelope, lowersDue: Payload.self == CreditNoteIssued.self)
            }, in: tx)
    }
}
