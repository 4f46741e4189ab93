import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// Saves cards that the browser has handed to the gateway; no number ever comes here.
struct SaveCard: Sendable {
    /// Every organization uses the platform's account at the gateway until it configures its own.
    static let platformAccount = "platform"

    let pool: PostgresPool
    let gateway: any CardGateway
    let changes: CardChanges

    /// How the gateway names a card that is to be saved.
    enum Source: Sendable {
        /// A setup that the browser has finished.
        case setup(String)
        /// A card that the browser has handed over.
        case method(String)
    }

    /// Starts a setup that the browser finishes with the gateway.
    func begin(for account: AccountID) async throws -> CardSetup {
        let customer = try await customer(of: account)
        return try await gateway.createSetup(customer: customer)
    }

    /// Saves a card.
    func save(_ source: Source, for account: AccountID) async throws -> PaymentMethodStore.Stored {
        let customer = try await customer(of: account)
        let card =
            switch source {
            case .setup(let reference): try await gateway.card(ofSetup: reference, customer: customer)
            case .method(let reference): try await gateway.attach(method: reference, customer: customer)
            }
        return try await pool.transaction { [changes] tx in
            guard let saved = try changes.save(card, customer: customer, of: account, in: tx) else {
                throw Problem.conflict("card_of_another", "This card belongs to another account")
            }
            return saved
        }
    }

    /// The gateway's name of a payer, made at the first need.
    private func customer(of account: AccountID) async throws -> String {
        let known = try await pool.transaction { tx in
            try PaymentMethodStore.gatewayCustomer(of: account, gatewayAccount: Self.platformAccount, in: tx)
        }
        if let known { return known }
        let made = try await gateway.createCustomer(for: account)
        return try await pool.transaction { tx in
            try PaymentMethodStore.keepGatewayCustomer(
                made, of: account, gatewayAccount: Self.platformAccount, in: tx)
            return try PaymentMethodStore.gatewayCustomer(
                of: account, gatewayAccount: Self.platformAccount, in: tx) ?? made
        }
    }
}
