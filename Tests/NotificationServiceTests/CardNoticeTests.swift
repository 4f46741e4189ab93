import EventContracts
import Primitives
import TestKit
import Testing

@testable import NotificationService

@Suite(.timeLimit(.minutes(10)))
struct CardNoticeTests {
    @Test("a card that will expire is told by notice and mail, each once, however often it is said")
    func expiring() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let card = PaymentMethodExpiring(
                paymentMethodID: PaymentMethodID(.v7()), accountID: world.accountID, brand: "visa",
                last4: "4242", expiresOn: try #require(CivilDate("2027-02-28")), daysAhead: 30)
            let event = try world.event(card, subject: card.paymentMethodID)
            try await world.deliver([event, event], to: "notification.payment")
            try await world.deliver([event], to: "notification.payment")
            let notices = try await world.call("GET", "/v1/notices", role: .client).json.elements
            #expect(notices.map { $0["kind"]?.string } == ["card_expiring"])
            #expect(notices.first?["date"]?.string == "2027-02-28")
            #expect(notices.first?["website_id"]?.string == nil)
            #expect(try await world.call("GET", "/v1/notices").json.elements.isEmpty)
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.count == 1)
            let mail = try #require(carrier.mails.first)
            #expect(mail.contains("Subject: Your card ending in 4242 will expire soon"))
            #expect(mail.contains("ada@example.com") && mail.contains("28 February 2027"))
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test("a mail about a card that has expired meanwhile is not sent")
    func tooLate() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let card = PaymentMethodExpiring(
                paymentMethodID: PaymentMethodID(.v7()), accountID: world.accountID, brand: "visa",
                last4: "4242", expiresOn: try #require(CivilDate("2026-12-31")), daysAhead: 7)
            try await world.deliver(
                [try world.event(card, subject: card.paymentMethodID)], to: "notification.payment")
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.isEmpty)
        }
    }

    @Test(
        "a permission whose card is gone is told of; what the payer did, or a failed payment tells, is not",
        arguments: [
            (.cardRemoved, .needsUpdate, "card_needed", 1), (.nextCard, .active, "next_card", 0),
            (.cardRefused, .needsUpdate, nil, 0), (.cardUpdated, .active, nil, 0),
            (.accountErased, .revoked, nil, 0), (nil, .active, nil, 0),
        ] as [(MandateChangeReason?, MandateStatus, String?, Int)])
    func mandate(reason: MandateChangeReason?, status: MandateStatus, notice: String?, mails: Int)
        async throws
    {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let changed = MandateChanged(
                mandateID: MandateID(.v7()), organizationID: world.organizationID, accountID: world.accountID,
                status: status, chargeAfterDays: 0, reason: reason)
            let event = try world.event(changed, subject: changed.mandateID)
            for _ in 0..<2 { try await world.deliver([event, event], to: "notification.payment") }
            let notices = try await world.call("GET", "/v1/notices", role: .client).json.elements
            #expect(notices.map { $0["kind"]?.string } == (notice.map { [$0] } ?? []))
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.count == mails)
            #expect(carrier.mails.allSatisfy { $0.contains("Subject: Please choose another card for Acme") })
        }
    }

    @Test("a standing order that waits for another card is told of once; one that goes on is not")
    func order() async throws {
        try await NotificationWorld.with { world in
            for status in StandingOrderStatus.allCases {
                let order = StandingOrderChanged(
                    standingOrderID: StandingOrderID(.v7()), organizationID: world.organizationID,
                    accountID: world.accountID, status: status,
                    currency: try #require(Currency(code: "EUR")), amountMinor: 5000,
                    rule: ScheduleRule(date: CivilDate("2027-02-01"), every: 1, unit: .month), zone: .utc)
                let event = try world.event(order, subject: order.standingOrderID)
                try await world.deliver([event, event], to: "notification.payment")
            }
            let notices = try await world.call("GET", "/v1/notices", role: .client).json.elements
            #expect(notices.map { $0["kind"]?.string } == ["card_needed"])
            #expect(
                notices.first?["amount"]?.numberText == "50.00"
                    || notices.first?["amount"]?.numberText == "50")
        }
    }

    @Test("a refusal after which another card is tried is nobody's business yet")
    func triesNextCard() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let payment = world.payment(InvoiceID(.v7()))
            let failed = PaymentFailed(
                payment: payment, declineClass: .insufficient, code: "insufficient_funds", triesNextCard: true
            )
            try await world.deliver(
                [try world.event(failed, subject: payment.paymentID)], to: "notification.payment")
            #expect(try await world.call("GET", "/v1/notices", role: .client).json.elements.isEmpty)
            #expect(try await world.call("GET", "/v1/notices").json.elements.isEmpty)
            #expect(try await world.column("SELECT kind FROM mails").isEmpty)
        }
    }
}
