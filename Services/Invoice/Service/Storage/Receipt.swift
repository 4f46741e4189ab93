import EventContracts
import Messaging
import Postgres
import Primitives

/// What one payment brought for one invoice.
struct Receipt: Sendable {
    struct Key: Hashable, Sendable {
        let paymentID: PaymentID
        let invoiceID: InvoiceID
    }

    let key: Key
    let organizationID: OrganizationID
    let currency: Currency
    /// In minor units.
    let amount: Int64
    let method: String
    let source: PaymentSource
    let succeededAt: Instant

    /// As the invoice's event tells it.
    var applied: AppliedPayment {
        AppliedPayment(paymentID: key.paymentID, amountMinor: amount, method: method, source: source)
    }

    /// The receipts that a payment gives, one for each invoice it was for.
    static func all(of event: PaymentSucceeded) -> [Receipt] {
        let payment = event.payment
        return payment.allocations.map { allocation in
            Receipt(
                key: Key(paymentID: payment.paymentID, invoiceID: allocation.invoiceID),
                organizationID: payment.organizationID, currency: payment.currency,
                amount: allocation.amountMinor,
                method: (payment.tenders.first?.kind ?? .card).rawValue, source: payment.source,
                succeededAt: event.succeededAt)
        }
    }

    /// Writes the receipts and gives those that were not there before, in the same order.
    static func insertFresh(_ receipts: [Receipt], in tx: borrowing Transaction) throws -> [Receipt] {
        guard receipts.allSatisfy({ $0.amount > 0 }) else {
            throw HandlingFailure.permanent("a payment brings more than nothing for each of its invoices")
        }
        let rows = try tx.query(
            """
            INSERT INTO receipts (payment_id, invoice_id, organization_id, amount, method, source, succeeded_at)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[],
                $7::timestamptz[])
            ON CONFLICT DO NOTHING RETURNING payment_id, invoice_id
            """,
            [
                receipts.map(\.key.paymentID), receipts.map(\.key.invoiceID), receipts.map(\.organizationID),
                receipts.map(\.amount), receipts.map(\.method), receipts.map(\.source.rawValue),
                receipts.map(\.succeededAt),
            ])
        var fresh: Set<Key> = []
        for row in rows { fresh.insert(Key(paymentID: try row[0], invoiceID: try row[1])) }
        // Removing each as it is taken keeps an event that came twice in one batch from counting twice.
        return receipts.filter { fresh.remove($0.key) != nil }
    }
}
