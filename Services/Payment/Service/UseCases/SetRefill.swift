import EventContracts
import HTTPServer
import PaymentDomain
import Postgres
import Primitives

/// A client lets a wallet fill itself when too little is left in it, or stops that.
struct SetRefill: Sendable {
    let clock: any WallClock
    let requestTopUp: RequestTopUp

    /// Stores the terms, and asks for a top-up at once if there is too little already.
    ///
    /// - Parameters:
    ///   - refill: The terms; nil for none.
    ///   - wallet: The wallet.
    ///   - tx: The transaction.
    /// - Returns: The wallet then.
    /// - Throws: `Problem` 409 without a permission for this sender, because that is what charges the card.
    func callAsFunction(
        _ refill: Wallet.Refill?, of wallet: WalletID, in tx: borrowing Transaction
    ) throws -> WalletStore.Stored {
        guard let before = try WalletStore.lock(wallet, in: tx) else { throw Problem.notFound }
        if refill != nil {
            let mandate = try MandateStore.find(
                of: before.accountID, covering: before.organizationID.raw, in: tx)
            guard mandate?.mandate.status == .active else {
                throw Problem.conflict(
                    "mandate_required", "Automatic payment is off for this sender",
                    "A wallet fills itself by automatic payment: allow it first.")
            }
        }
        try WalletStore.setRefill(refill, of: wallet, in: tx)
        guard let after = try WalletStore.find(wallet, in: tx) else { throw Problem.notFound }
        try requestTopUp.whenLow(
            after, cause: EventCause(traceparent: nil, clockTime: clock.now()), in: tx)
        return after
    }
}
