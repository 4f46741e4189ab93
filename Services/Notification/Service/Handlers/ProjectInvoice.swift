import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps the number of each invoice, which payment events do not carry.
struct ProjectInvoice: EnvelopeHandler {
    var types: [String] { [InvoiceFinalized.descriptor.type, InvoiceSnapshotTaken.descriptor.type] }
    var deduplication: Deduplication { .naturalKey("the number of an invoice never changes") }

    func handle(_ batch: [ReceivedEnvelope], in tx: borrowing Transaction) throws {
        let invoices = batch.map { EventFields($0.envelope.data).object("invoice") }
        try tx.send(
            """
            INSERT INTO invoices (invoice_id, organization_id, customer_id, number)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
            ON CONFLICT (invoice_id) DO NOTHING
            """,
            [
                try invoices.map { try $0.id("invoice_id", of: Kind.Invoice.self) },
                try invoices.map { try $0.id("organization_id", of: Kind.Organization.self) },
                try invoices.map { try $0.id("customer_id", of: Kind.Customer.self) },
                try invoices.map { try $0.text("number") },
            ])
    }
}
