import EventContracts
import InvoiceDomain
import Primitives

/// Makes the public events of one invoice, each with the next sequence and the snapshot as of it.
struct InvoiceEvents {
    let invoiceID: InvoiceID
    let organizationID: OrganizationID
    let fixedMembers: [UInt8]
    let cause: EventCause

    /// The event of a fact; raises the invoice's sequence.
    func event(_ fact: InvoiceFact, of changing: inout InvoiceChanging, payment: AppliedPayment? = nil)
        -> OutgoingEvent
    {
        changing.sequence += 1
        return event(Self.descriptor(of: fact), changing, payment: payment)
    }

    /// The events of several facts in their order; those about a credit note name it.
    func events(
        _ facts: [InvoiceFact], of changing: inout InvoiceChanging, creditNote: CreditNote? = nil
    ) -> [OutgoingEvent] {
        var events: [OutgoingEvent] = []
        for fact in facts {
            changing.sequence += 1
            let isAboutNote = [.credited, .creditSent, .creditWithdrawn].contains(fact)
            events.append(
                event(Self.descriptor(of: fact), changing, creditNote: isAboutNote ? creditNote : nil))
        }
        return events
    }

    /// The first event of an invoice.
    func created(_ changing: inout InvoiceChanging) -> OutgoingEvent {
        changing.sequence += 1
        return event(InvoiceCreated.descriptor, changing)
    }

    /// The invoice as it is, for those who rebuild their copies.
    func snapshot(_ changing: InvoiceChanging) -> OutgoingEvent {
        event(InvoiceSnapshotTaken.descriptor, changing)
    }

    /// The answer to the payment service, where a person waits for it.
    func acknowledgement(_ changing: InvoiceChanging) -> OutgoingEvent {
        event(InvoicePaymentAcknowledged.descriptor, changing)
    }

    private func event(
        _ descriptor: EventDescriptor, _ changing: InvoiceChanging, payment: AppliedPayment? = nil,
        creditNote: CreditNote? = nil
    ) -> OutgoingEvent {
        OutgoingEvent(
            descriptor, subject: invoiceID, tenant: organizationID, sequence: changing.sequence, cause: cause
        ) { writer in
            writer.beginObject()
            InvoiceSnapshotWriter.write(changing, fixedMembers: fixedMembers, into: &writer)
            if let payment {
                writer.key("payment")
                writer.beginObject()
                writer.member("payment_id", payment.paymentID)
                writer.member("amount_minor", payment.amountMinor)
                writer.member("method", payment.method)
                writer.member("source", payment.source.rawValue)
                writer.endObject()
            }
            creditNote?.writeFacts(into: &writer)
            writer.endObject()
        }
    }

    private static func descriptor(of fact: InvoiceFact) -> EventDescriptor {
        switch fact {
        case .updated: InvoiceUpdated.descriptor
        case .deleted: InvoiceDeleted.descriptor
        case .finalized: InvoiceFinalized.descriptor
        case .sent: InvoiceSent.descriptor
        case .reminded: InvoiceReminded.descriptor
        case .linkChanged: PayLinkChanged.descriptor
        case .paymentApplied: InvoicePaymentApplied.descriptor
        case .credited: CreditNoteIssued.descriptor
        case .creditSent: CreditNoteSent.descriptor
        case .creditWithdrawn: CreditNoteVoided.descriptor
        case .partiallyPaid: InvoicePartiallyPaid.descriptor
        case .paid: InvoicePaid.descriptor
        case .overdue: InvoiceOverdue.descriptor
        case .voided: InvoiceVoided.descriptor
        case .markedUncollectible: InvoiceMarkedUncollectible.descriptor
        }
    }
}
