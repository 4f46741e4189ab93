import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import Testing

@testable import PaymentService

/// Wallets, as clients and senders use them.
extension PaymentWorld {
    /// Links the customer with the account and opens their wallet.
    func openWallet() async throws -> WalletStore.Stored {
        let customer = CustomerFacts(
            customerID: customerID, organizationID: organizationID, currency: dollar, accountID: accountID)
        try await handle(
            ProjectCustomer<CustomerLinked>(planCharges: parts.planCharges, clock: clock),
            [try received(CustomerLinked(customer: customer), subject: customerID, sequence: 2)])
        return try await pool.transaction {
            [wallets = parts.wallets.open, dollar, accountID, organizationID] tx in
            try wallets(for: .account(accountID, at: organizationID), currency: dollar, in: tx).stored
        }
    }

    /// Asks for a top-up and lets the invoice service issue its invoice.
    func topUp(_ wallet: WalletStore.Stored, _ minorUnits: Int64) async throws -> InvoiceID {
        let amount = Money(minorUnits: minorUnits, currency: dollar)
        let topUp = try await pool.transaction { [topUps = parts.wallets.topUps, clock] tx in
            try topUps(
                amount, for: wallet, isSent: false,
                cause: EventCause(traceparent: nil, clockTime: clock.now()), in: tx)
        }
        let invoice = try #require(topUp).invoiceID
        try await issue(invoice, toppingUp: wallet.wallet.id, minorUnits)
        return invoice
    }

    func issue(_ invoice: InvoiceID, toppingUp wallet: WalletID?, _ minorUnits: Int64) async throws {
        var snapshot = snapshot(invoice, total: minorUnits)
        snapshot.walletID = wallet
        let event = try received(InvoiceFinalized(invoice: snapshot), subject: invoice, sequence: 2)
        try await handle(ProjectInvoice<InvoiceFinalized>(project: parts.project), [event])
    }

    /// A wallet with something in it, paid by card.
    func filledWallet(_ minorUnits: Int64) async throws -> WalletStore.Stored {
        let wallet = try await openWallet()
        let invoice = try await topUp(wallet, minorUnits)
        #expect(try await payByLink(invoice, card: try await cardToken("4242424242424242")) == "succeeded")
        return wallet
    }

    /// Balance and what is held of it.
    func standing(_ wallet: WalletStore.Stored) async throws -> String {
        try await scalar(
            "SELECT balance || '/' || held FROM wallets WHERE wallet_id = '\(wallet.wallet.id.raw)'")
    }
}
