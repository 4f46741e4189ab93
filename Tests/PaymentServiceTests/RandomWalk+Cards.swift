import PaymentDomain
import Postgres
import Primitives

@testable import PaymentService

/// What becomes of the payer's cards on a walk.
extension RandomWalk {
    private static let numbers = [
        "4242424242424242", "4000056655665556", "5555555555554444", "4000000000000341",
    ]
    private static let codes = ["insufficient_funds", "lost_card", "generic_decline", nil]

    private mutating func anyCard() async throws -> PaymentMethodStore.Stored? {
        try await world.pool.transaction { [account = world.accountID] tx in
            try PaymentMethodStore.list(of: account, in: tx)
        }.randomElement(using: &numbers)
    }

    mutating func saveCard() async throws {
        let number = Self.numbers.randomElement(using: &numbers) ?? ""
        path += try await Self.refusal { [world] in _ = try await world.saveCard(number) }
    }

    mutating func loseCard() async throws {
        guard let card = try await anyCard() else { return }
        _ = try await world.remove(card.id)
    }

    mutating func refuseCard() async throws {
        guard let card = try await anyCard() else { return }
        try await world.refuse(card.id, Self.codes.randomElement(using: &numbers) ?? nil)
    }

    /// The bank sends a new card, and the gateway tells of it twice.
    mutating func renewCard() async throws {
        guard let card = try await anyCard() else { return }
        try await world.refuse(card.id, nil)
        let new = GatewayCard(
            reference: card.card.reference, brand: card.card.brand,
            last4: "\(Int.random(in: 1_000...9_999, using: &numbers))",
            expiryYear: 2_032, expiryMonth: Int.random(in: 1...12, using: &numbers))
        for _ in 0..<2 {
            try await world.pool.transaction { [parts = world.parts, account = world.accountID] tx in
                try parts.cardChanges.update(new, of: account, in: tx)
            }
        }
    }

    mutating func assignCard() async throws {
        guard let card = try await anyCard() else { return }
        let allowsFallback = Bool.random(using: &numbers)
        path += try await Self.refusal { [world] in
            try await world.assign(card.id, allowsFallback: allowsFallback)
        }
    }

    /// No permission may hold with a card that is gone, and no stand-in may have been sent beside or after what was not
    /// known to be refused.
    func wrongCards() async throws -> [String] {
        let orphans = try await world.scalar(
            """
            SELECT count(*) FROM mandates m JOIN payment_methods w ON w.payment_method_id = m.payment_method_id
             WHERE m.status = 'active' AND m.pay_with <> 'wallet' AND w.is_removed
            """)
        let rash = try await world.scalar(
            """
            SELECT count(*) FROM attempts s JOIN attempts a ON a.payment_id = s.payment_id AND a.number = s.number - 1
             WHERE s.first_number IS NOT NULL
               AND (a.state <> 'declined' OR a.decline_class NOT IN ('hard', 'insufficient') OR a.look_ups > 0)
            """)
        let again = try await world.scalar(
            """
            SELECT count(*) FROM (
                SELECT 1 FROM attempts WHERE first_number IS NOT NULL AND gateway_method IS NOT NULL
                 GROUP BY payment_id, first_number, gateway_method HAVING count(*) > 1) x
            """)
        return [("mandates without a card", orphans), ("rash stand-ins", rash), ("cards asked again", again)]
            .filter { $0.1 != "0" }.map { "\($0.1) \($0.0)" }
    }
}
