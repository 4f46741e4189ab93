import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Moves money into wallets and out of them: the balance, the books and the event, under the wallet's row lock.
///
/// Locks are taken in the order mandate, attempt, payable, wallet or credit.
struct MoveWallet: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let requestTopUp: RequestTopUp

    /// An invoice for the wallet was paid.
    func toppedUp(
        _ wallet: WalletID, by payment: PaymentID, for payable: Payable, amountMinor: Int64,
        cause: EventCause, in tx: borrowing Transaction
    ) throws {
        try move(
            amountMinor, of: wallet, .topUp, invoice: payable.invoiceID,
            transfer: Wallet.creditID(of: payment, for: payable.invoiceID), cause: cause, in: tx)
        if payable.openMinor == 0 { try TopUpStore.close([payable.invoiceID], in: tx) }
    }

    /// Takes back what an invoice brought, as far as it has not been spent.
    ///
    /// - Returns: How much it was.
    func takeBack(
        _ amountMinor: Int64, of wallet: WalletID, for invoice: InvoiceID, cause: EventCause,
        in tx: borrowing Transaction
    ) throws -> Int64 {
        guard let stored = try WalletStore.lock(wallet, in: tx) else { return 0 }
        let taken = min(amountMinor, stored.wallet.availableMinor)
        guard taken > 0 else { return 0 }
        try move(-taken, of: wallet, .topUpReturned, invoice: invoice, cause: cause, in: tx)
        return taken
    }

    /// Moves money in, or out when it is below zero, letting go of what was held for it.
    func move(
        _ amountMinor: Int64, released: Int64 = 0, of wallet: WalletID, _ reason: BalanceReason,
        invoice: InvoiceID, transfer: TransferID? = nil, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        guard let stored = try WalletStore.move(amountMinor, released: released, of: wallet, in: tx) else {
            throw PostgresError(code: .decoding, message: "the wallet \(wallet) is not there")
        }
        let now = clock.now()
        try Ledger.book(
            Ledger.Transfer(
                id: transfer ?? TransferID.new(at: now), organizationID: stored.organizationID,
                debit: amountMinor > 0 ? .sender : .wallet, credit: amountMinor > 0 ? .wallet : .sender,
                amount: Money(minorUnits: abs(amountMinor), currency: stored.wallet.currency),
                reason: reason, invoiceID: invoice, walletID: wallet),
            at: now, in: tx)
        try outbox.write(
            stored.changedEvent(reason, amountMinor: amountMinor, invoice: invoice, cause: cause), in: tx)
        if amountMinor < 0 { try requestTopUp.whenLow(stored, cause: cause, in: tx) }
    }
}
