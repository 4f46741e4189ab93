import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit

@testable import PaymentService

extension PaymentWorld {
    static let cards = (visa: "4242424242424242", debit: "4000056655665556", master: "5555555555554444")

    /// Saves one more card of the payer.
    func saveCard(_ number: String) async throws -> PaymentMethodID {
        try await parts.cards.save(.method(cardToken(number)), for: accountID).id
    }

    /// Lets the bank refuse a saved card from now on; nil takes that back.
    func refuse(_ card: PaymentMethodID, _ code: String?) async throws {
        let reference = try await reference(of: card)
        let order = code.map { #","decline_code":"\#($0)""# } ?? ""
        try await self.order("/_control/declines", #"{"payment_method":"\#(reference)"\#(order)}"#)
    }

    /// The gateway's name of a card.
    func reference(of card: PaymentMethodID) async throws -> String {
        try await pool.transaction { tx in
            try tx.query("SELECT reference FROM payment_methods WHERE payment_method_id = $1", [card])
                .scalar()
        } ?? "-"
    }

    /// The cards and states of an invoice's attempts, in order.
    func tried(_ invoice: InvoiceID) async throws -> String {
        try await scalar(
            """
            SELECT string_agg(coalesce(last4, '-') || ':' || state, ' ' ORDER BY created_at, number)
              FROM attempts WHERE invoice_id = $1
            """, invoice)
    }

    /// Status and card of the payer's one mandate.
    func mandateState() async throws -> String {
        try await scalar(
            """
            SELECT string_agg(m.status || ' ' || w.last4, ',' ORDER BY m.mandate_id)
              FROM mandates m JOIN payment_methods w ON w.payment_method_id = m.payment_method_id
            """)
    }

    /// The reasons of the changes of mandates that nobody asked for, in order.
    func mandateReasons() async throws -> [String] {
        let bodies = try await pool.transaction { tx in
            try tx.query("SELECT body FROM events WHERE type = 'mandate.changed.v1' ORDER BY id").column(
                0, as: [UInt8].self)
        }
        return try bodies.compactMap { try EventEnvelope(parsing: $0).data["reason"]?.string }
    }

    /// Forgets the payer, as often as that is told.
    func erase(times: Int = 1) async throws {
        let erased = try received(AccountErased(accountID: accountID), subject: accountID, sequence: 9)
        let handler = EraseAccount(mandates: parts.mandates, orders: parts.orders, cards: parts.cardChanges)
        for _ in 0..<times { try await handle(handler, [erased, erased]) }
    }

    func remove(_ card: PaymentMethodID) async throws -> Bool {
        try await pool.transaction { [parts, accountID] tx in
            try parts.cardChanges.remove(card, of: accountID, in: tx)
        }
    }

    /// Takes an invoice's due attempt as an executor does that then says nothing any more.
    func claimOnly() async throws -> ClaimAttempts.Claimed? {
        try await pool.transaction { [parts] tx in
            try parts.claim(
                limit: 1, perOrganization: 1, after: OrganizationID(RawID(high: 0, low: 0)), in: tx)?
                .claimed.first
        }
    }

    /// Books an answer of the gateway.
    func answer(_ outcome: GatewayOutcome, to claimed: ClaimAttempts.Claimed) async throws {
        _ = try await pool.transaction { [parts] tx in
            try parts.notices.answers(
                .answered(outcome), to: claimed.call.attemptID, under: claimed.token, in: tx)
        }
    }

    /// Lets the charge of an invoice be made today and waits until its attempts are as expected.
    func charge(_ invoice: InvoiceID, until expected: String) async throws {
        try await accept([due(invoice)])
        try await startExecutorOnce()
        try await eventually("\(expected)") { try await tried(invoice) == expected }
    }

    /// Gives the mandate another card.
    func assign(_ card: PaymentMethodID, allowsFallback: Bool = false) async throws {
        let wanted = MandateStore.Wanted(
            organizationID: organizationID, accountID: accountID, scope: .sender,
            terms: MandateTerms(paymentMethodID: card, allowsFallback: allowsFallback),
            coversFrom: Instant(microseconds: 0),
            consentedFrom: "127.0.0.1")
        _ = try await pool.transaction { [parts] tx in try parts.mandates.enable(wanted, in: tx) }
    }
}
