import EventContracts
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("An expiring card", .timeLimit(.minutes(10)))
struct ExpiringCardTests {
    @Test("is told of 30 and 7 days ahead, each once, with many looking at once")
    func told() async throws {
        try await PaymentWorld.with { world in
            _ = try await world.expiringCard(inDays: 45)
            #expect(try await world.lookForCards() == [])
            try await world.sleepUntil(daysAhead: 31)
            #expect(try await world.lookForCards() == [])
            for daysAhead in [30, 29] {
                try await world.sleepUntil(daysAhead: daysAhead)
                #expect(try await world.lookForCards() == ["30"])
            }
            try await world.sleepUntil(daysAhead: 7)
            #expect(try await world.lookForCards() == ["30", "7"])
            for daysAhead in [6, 0, -1, -400] {
                try await world.sleepUntil(daysAhead: daysAhead)
                #expect(try await world.lookForCards() == ["30", "7"])
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("that the bank has replaced in between is not told of again before the new one expires")
    func updated() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.expiringCard(inDays: 45)
            try await world.sleepUntil(daysAhead: 30)
            #expect(try await world.lookForCards() == ["30"])
            let reference = try await world.reference(of: card)
            let today = Zone.utc.date(at: world.clock.now())
            let new = GatewayCard(
                reference: reference, brand: "visa", last4: "4242", expiryYear: today.year + 1,
                expiryMonth: today.month)
            try await world.pool.transaction { [parts = world.parts, account = world.accountID] tx in
                try parts.cardChanges.update(new, of: account, in: tx)
            }
            world.clock.advance(by: .seconds(40 * 86_400))
            #expect(try await world.lookForCards() == ["30"])
            try await world.sleepUntil(daysAhead: 20)
            #expect(try await world.lookForCards() == ["30", "30"])
        }
    }

    /// What makes a card needed.
    enum Use: String, CaseIterable {
        case usual, mandate, order, revoked, none, removed
    }

    @Test("is told of only if it is used or the payer's usual one", arguments: Use.allCases)
    func needed(use: Use) async throws {
        try await PaymentWorld.with { world in
            try await world.knowSender()
            if use != .usual { _ = try await world.saveCard("5555555555554444") }
            let card = try await world.expiringCard(inDays: 45)
            switch use {
            case .usual, .none: break
            case .mandate: try await world.set(.sender, to: .active, card: card)
            case .revoked:
                try await world.set(.sender, to: .active, card: card)
                try await world.set(.sender, to: .revoked, card: card)
            case .order:
                _ = try await world.pool.transaction {
                    [
                        parts = world.parts, organization = world.organizationID, account = world.accountID,
                        dollar = world.dollar
                    ] tx in
                    try parts.orders.create(
                        to: organization, by: account, card: card,
                        amount: Money(minorUnits: 100, currency: dollar), consentedFrom: "127.0.0.1", in: tx
                    ) { zone, today in
                        try RecurrenceRule(
                            start: today, time: .chargeTime, zone: zone, every: 1, unit: .month)
                    }
                }
            case .removed:
                try await world.set(.sender, to: .active, card: card)
                #expect(try await world.remove(card))
            }
            try await world.sleepUntil(daysAhead: 5)
            let isNeeded = use == .usual || use == .mandate || use == .order
            #expect(try await world.lookForCards() == (isNeeded ? ["7"] : []))
        }
    }
}

extension PaymentWorld {
    /// Saves a card whose last day is the end of the month that a day falls into, on which the world's clock is set.
    fileprivate func expiringCard(inDays days: Int) async throws -> PaymentMethodID {
        let card = try await savedCard()
        let last = Zone.utc.date(at: clock.now()).adding(days: days)
        try await pool.transaction { tx in
            try tx.send(
                "UPDATE payment_methods SET expiry_year = $2, expiry_month = $3 WHERE payment_method_id = $1",
                [card, last.year, last.month])
        }
        return card
    }

    /// Sets the clock to noon so many days before the earliest card's last day.
    fileprivate func sleepUntil(daysAhead: Int) async throws {
        let text = try await scalar("SELECT min(expires_on) FROM payment_methods WHERE expiry_year < 2031")
        guard let last = CivilDate(text), let noon = CivilTime("12:00") else {
            throw TestFailure(description: text)
        }
        let moment = Zone.utc.instant(of: last.adding(days: -daysAhead), at: noon)
        clock.advance(by: moment - clock.now())
    }

    /// Lets three replicas look, twice, and tells which notices have been given until now.
    fileprivate func lookForCards() async throws -> [String] {
        for _ in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { _ = try await self.parts.expiringCards.round() } }
                try await group.waitForAll()
            }
        }
        let bodies = try await pool.transaction { tx in
            try tx.query(
                "SELECT body FROM events WHERE type = 'payment_method.expiring.v1' ORDER BY id"
            ).column(0, as: [UInt8].self)
        }
        return try bodies.map { try EventEnvelope(parsing: $0).data["days_ahead"]?.numberText ?? "?" }
    }
}
