import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Asks the invoice service for the invoice that puts money into a wallet.
struct RequestTopUp: Sendable {
    let outbox: Outbox
    let clock: any WallClock

    /// Asks for one, by the word of a person.
    ///
    /// Returns the top-up, whose invoice comes later under the id that it has already.
    func callAsFunction(
        _ amount: Money, for stored: WalletStore.Stored, isSent: Bool, cause: EventCause,
        in tx: borrowing Transaction
    ) throws -> TopUpStore.Stored? {
        try request(amount, for: stored, isAutomatic: false, isSent: isSent, cause: cause, in: tx)
    }

    /// Asks for one where the wallet says so and none that it asked for is open.
    ///
    /// A top-up whose invoice nobody pays stays open, so a card that is refused is not asked again and again.
    func whenLow(
        _ stored: WalletStore.Stored, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        guard let wanted = stored.wallet.wantedMinor else { return }
        _ = try request(
            Money(minorUnits: wanted, currency: stored.wallet.currency), for: stored, isAutomatic: true,
            isSent: false, cause: cause, in: tx)
    }

    private func request(
        _ amount: Money, for stored: WalletStore.Stored, isAutomatic: Bool, isSent: Bool, cause: EventCause,
        in tx: borrowing Transaction
    ) throws -> TopUpStore.Stored? {
        let topUp = try TopUpStore.insert(
            amount, for: stored.wallet.id, isAutomatic: isAutomatic, now: clock.now(), in: tx)
        guard let topUp else { return nil }
        let request = InvoiceRequested(
            topUpID: topUp.id, walletID: stored.wallet.id, invoiceID: topUp.invoiceID,
            organizationID: stored.organizationID, customerID: stored.customerID, currency: amount.currency,
            amountMinor: amount.minorUnits, isSent: isSent)
        try outbox.write(
            OutgoingEvent(
                request, subject: topUp.id, tenant: stored.organizationID, sequence: 1, cause: cause), in: tx)
        return topUp
    }
}
