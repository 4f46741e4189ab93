import EventContracts
import HTTPServer
import PaymentDomain
import Postgres
import Primitives

/// A sender gives money of a payment back, all of it or a part, never more than came.
struct RequestRefund: Sendable {
    /// What is asked for.
    struct Wish: Sendable {
        let paymentID: PaymentID
        let organizationID: OrganizationID
        /// nil for all that is left.
        let amount: Money?
        /// nil for the card, if one paid, else credit.
        let destination: GiveBack.Destination?
        let note: String?
    }

    let clock: any WallClock
    let giveBack: GiveBack
    let moveWallet: MoveWallet

    /// Books the refund under the locks of invoice and payment.
    ///
    /// - Parameters:
    ///   - wish: What is asked for.
    ///   - tx: The transaction.
    /// - Returns: The refund, which is done already unless it goes to a card.
    /// - Throws: `Problem` for more than is left, or a destination that the payment does not have.
    func callAsFunction(_ wish: Wish, in tx: borrowing Transaction) throws -> RefundID {
        let payment = try RefundStore.lock(wish.paymentID, of: wish.organizationID, in: tx)
        guard let payment else { throw Problem.notFound }
        let amount = wish.amount ?? payment.rest
        guard amount.minorUnits > 0, amount.minorUnits <= payment.rest.minorUnits else {
            throw Problem.conflict(
                "refund_exceeds_payment", "More than is left of this payment cannot be given back")
        }
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        let destination = wish.destination ?? (payment.cardMinor > 0 ? .card : .credit)
        let source = try source(payment, for: destination, amount: amount, in: tx)
        if let wallet = payment.toppedUp {
            try takeBack(amount, of: wallet, for: payment, cause: cause, in: tx)
        }
        return try giveBack(
            amount, of: source, to: destination, reason: "requested", note: wish.note, cause: cause, in: tx)
    }

    private func source(
        _ payment: RefundStore.Refundable, for destination: GiveBack.Destination, amount: Money,
        in tx: borrowing Transaction
    ) throws -> GiveBack.Source {
        switch destination {
        case .credit: return payment.source
        case .card:
            guard payment.source.reference != nil, amount.minorUnits <= payment.cardMinor else {
                throw Problem.conflict(
                    "refund_exceeds_card", "A card gets back no more than it has paid")
            }
            return payment.source
        case .wallet:
            guard payment.toppedUp == nil else {
                throw Problem.conflict("wallet_top_up", "This payment is in a wallet already")
            }
            let wallet = try payment.accountID.flatMap {
                try WalletStore.lock(
                    of: $0, at: payment.source.organizationID, in: amount.currency, tx)
            }
            guard let wallet else {
                throw Problem.conflict("no_wallet", "The client has no wallet in this currency")
            }
            return GiveBack.Source(
                paymentID: payment.source.paymentID, organizationID: payment.source.organizationID,
                customerID: payment.source.customerID, invoiceID: payment.source.invoiceID,
                reference: payment.source.reference, walletID: wallet.wallet.id)
        }
    }

    /// What a top-up brought can only be given back while it is in the wallet.
    private func takeBack(
        _ amount: Money, of wallet: WalletID, for payment: RefundStore.Refundable, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        let taken = try moveWallet.takeBack(
            amount.minorUnits, of: wallet, for: payment.source.invoiceID, cause: cause, in: tx)
        guard taken == amount.minorUnits else {
            throw Problem.conflict("wallet_spent", "This money has been spent from the wallet")
        }
    }
}
