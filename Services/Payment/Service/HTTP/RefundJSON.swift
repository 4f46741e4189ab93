import EventContracts
import Primitives

/// Payments and refunds as the routes show them.
enum RefundJSON {
    static func write(_ payment: PaymentStore.Stored, into writer: inout JSONWriter) {
        let currency = payment.amount.currency
        writer.beginObject()
        writer.member("id", payment.id)
        writer.member("source", payment.source.rawValue)
        writer.member("state", payment.state)
        writer.member("currency", currency.code.lowercased())
        writer.member("amount", decimal: payment.amount)
        writer.member("amount_refunded", decimal: payment.refunded)
        writer.member("card_amount", decimal: Money(minorUnits: payment.cardMinor, currency: currency))
        writer.member("wallet_amount", decimal: Money(minorUnits: payment.walletMinor, currency: currency))
        writer.member("brand", payment.brand)
        writer.member("last4", payment.last4)
        writer.member("created_at", payment.createdAt)
        writer.member("settled_at", payment.settledAt)
        writer.endObject()
    }

    static func write(_ refund: RefundStore.Stored, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", refund.id)
        writer.member("payment_id", refund.paymentID)
        writer.member("invoice_id", refund.invoiceID)
        writer.member("currency", refund.amount.currency.code.lowercased())
        writer.member("amount", decimal: refund.amount)
        writer.member("to", refund.destination)
        writer.member("state", refund.state)
        writer.member("cause", refund.reason)
        writer.member("reason", refund.note)
        writer.member("outcome", refund.outcome)
        writer.member("created_at", refund.createdAt)
        writer.endObject()
    }
}
