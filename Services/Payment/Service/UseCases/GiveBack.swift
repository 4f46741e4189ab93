import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Gives money of a payment back: to its card, which takes a while, or into the client's wallet or credit, at once.
///
/// The payment's row is locked by the caller, who has made sure that there is so much to give.
struct GiveBack: Sendable {
    /// Where money goes.
    enum Destination: String, Sendable, CaseIterable {
        case card
        case wallet
        case credit
    }

    /// What money is taken from.
    struct Source: Sendable {
        let paymentID: PaymentID
        let organizationID: OrganizationID
        let customerID: CustomerID
        let invoiceID: InvoiceID
        /// The gateway's name of the payment.
        let reference: String?
        let walletID: WalletID?
    }

    let outbox: Outbox
    let clock: any WallClock
    let moveWallet: MoveWallet
    let moveCredit: MoveCredit
    /// Wakes the worker that sends refunds.
    let onRefund: @Sendable () -> Void

    func callAsFunction(
        _ amount: Money, of source: Source, to destination: Destination, reason: String, note: String? = nil,
        cause: EventCause, in tx: borrowing Transaction
    ) throws -> RefundID {
        let now = clock.now()
        let refund = RefundID.new(at: now)
        let isSent = destination == .card
        let sequence = try tx.query(
            """
            WITH r AS (
                INSERT INTO refunds (refund_id, organization_id, payment_id, invoice_id, currency, amount, reason, note,
                                     destination, state, gateway_payment, next_at, created_at, ended_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)),
            b AS (UPDATE payables SET refunded = refunded + $15 WHERE invoice_id = $4 AND $15 > 0)
            UPDATE payments SET refunded = refunded + $6, sequence = sequence + $16 WHERE payment_id = $3 RETURNING sequence
            """,
            [
                refund, source.organizationID, source.paymentID, source.invoiceID, amount.currency.code,
                amount.minorUnits, reason, note, destination.rawValue, isSent ? "ready" : "succeeded",
                isSent ? source.reference : nil, isSent ? clock.systemNow() : nil, now, isSent ? nil : now,
                isSent ? 0 : amount.minorUnits, isSent ? 0 : 1 as Int64,
            ]
        ).scalar(as: Int64.self)
        switch destination {
        case .card: tx.afterCommit(onRefund)
        case .wallet:
            guard let wallet = source.walletID else {
                throw PostgresError(code: .decoding, message: "\(source.paymentID) has no wallet to go to")
            }
            try moveWallet.move(
                amount.minorUnits, of: wallet, .refund, invoice: source.invoiceID, cause: cause, in: tx)
        case .credit:
            try moveCredit.add(
                amount, to: source.customerID, at: source.organizationID, .refund, invoice: source.invoiceID,
                cause: cause, in: tx)
        }
        guard !isSent else { return refund }
        let facts = RefundFacts(
            refundID: refund, organizationID: source.organizationID, paymentID: source.paymentID,
            invoiceID: source.invoiceID, currency: amount.currency, amountMinor: amount.minorUnits,
            reason: reason)
        try outbox.write(
            OutgoingEvent(
                RefundSucceeded(refund: facts, succeededAt: now), subject: source.paymentID,
                tenant: source.organizationID, sequence: sequence, cause: cause), in: tx)
        return refund
    }
}
