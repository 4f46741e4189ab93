import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Opens the one wallet that a client has at a sender in a currency.
struct OpenWallet: Sendable {
    /// Whose wallet is wanted.
    enum Client: Sendable {
        /// The customer of the sender who asks.
        case customer(CustomerID, of: OrganizationID)
        /// The client who asks, at a sender.
        case account(AccountID, at: OrganizationID)
    }

    let outbox: Outbox
    let clock: any WallClock

    /// Opens it, or finds it.
    ///
    /// - Parameters:
    ///   - client: Whose it is.
    ///   - currency: The sender's own when it is not named.
    ///   - tx: The transaction.
    /// - Returns: The wallet, and whether it is new.
    /// - Throws: `Problem` when the sender does not bill this client.
    func callAsFunction(
        for client: Client, currency: Currency?, in tx: borrowing Transaction
    ) throws -> (stored: WalletStore.Stored, isNew: Bool) {
        let (organization, customer, account) = try parties(client, in: tx)
        let usual = try tx.query(
            "SELECT currency FROM organizations WHERE organization_id = $1", [organization]
        ).scalar(as: Currency.self)
        guard let currency = currency ?? usual else {
            throw Problem.unavailable("This sender is still being set up.")
        }
        let now = clock.now()
        let opened = try WalletStore.open(
            for: customer, of: organization, account: account, currency: currency, now: now, in: tx)
        guard let opened else { throw Problem.unavailable("The wallet is being opened at this moment.") }
        if opened.isNew {
            let cause = EventCause(traceparent: nil, clockTime: now)
            try outbox.write(
                opened.stored.changedEvent(.opened, amountMinor: 0, invoice: nil, cause: cause), in: tx)
        }
        return opened
    }

    private func parties(
        _ client: Client, in tx: borrowing Transaction
    ) throws -> (OrganizationID, CustomerID, AccountID) {
        switch client {
        case .customer(let customer, let organization):
            let row = try tx.query(
                "SELECT account_id FROM customers WHERE customer_id = $1 AND organization_id = $2",
                [customer, organization]
            ).first
            guard let row else {
                throw InvalidFields(
                    field: "customer_id", code: "unknown_value", message: "There is no such customer.")
            }
            guard let account = try row.get(0, as: AccountID?.self) else {
                throw Problem.conflict(
                    "customer_not_linked", "This customer has no account yet",
                    "A wallet belongs to an account: invite the customer first.")
            }
            return (organization, customer, account)
        case .account(let account, let organization):
            let customer = try tx.query(
                """
                SELECT customer_id FROM customers WHERE account_id = $1 AND organization_id = $2
                 ORDER BY customer_id LIMIT 1
                """, [account, organization]
            ).scalar(as: CustomerID.self)
            guard let customer else { throw SetMandate.senderNotFound }
            return (organization, customer, account)
        }
    }
}
