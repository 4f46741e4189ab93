import GatewaySimulatorCore
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("News of the gateway")
struct GatewayWebhookTests {
    private static func event(
        _ type: String, id: String = "evt_1", object: String = #"{"id":"pi_1","object":"payment_intent"}"#
    ) -> [UInt8] {
        Array(#"{"id":"\#(id)","object":"event","type":"\#(type)","data":{"object":\#(object)}}"#.utf8)
    }

    @Test("are taken under either secret, and only with a fresh signature over the very body")
    func signatures() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let body = Self.event("setup_intent.succeeded")
            let now = world.clock.now()
            #expect(await world.post(body).status == 200)
            #expect(await world.post(body, secret: "whsec_old").status == 200)
            #expect(await world.post(body, signedAt: now - .seconds(299)).status == 200)
            let header = WebhookSignature.header(body: body, secret: "whsec_new", seconds: now.seconds)
            let both = "t=\(now.seconds),v1=00,v0=ff," + header.split(separator: ",")[1]
            #expect(await world.post(body, signature: both).status == 200)
            let other = Self.event("setup_intent.succeeded", id: "evt_2")
            let refused = [
                await world.post(body, secret: "whsec_none"),
                await world.post(body, signedAt: now - .seconds(301)),
                await world.post(body, signedAt: now + .seconds(301)),
                await world.post(other, signature: header),
                await world.post(body, signature: ""), await world.post(body, signature: "t=,v1="),
                await world.post(body, signature: "v1=\(String(repeating: "0", count: 64))"),
                await world.post(
                    body, signature: header.replacing("t=", with: "t=9223372036854775807,x=")),
            ]
            #expect(refused.map(\.status) == Array(repeating: 400, count: refused.count))
            #expect(await world.post(body, account: "other").status == 404)
            let kept = try await world.scalar("SELECT count(*) FROM gateway_notices")
            #expect(kept == "1")
        }
    }

    @Test(
        "that are no events, or too large, are refused, and those that mean nothing are not kept",
        arguments: [
            ("{", 400), ("[]", 400), ("{}", 400), (#"{"id":"evt_1","type":"charge.refunded"}"#, 400),
            (#"{"id":"evt_1","type":"customer.created","data":{"object":{"id":"cus_1"}}}"#, 200),
            (String(repeating: " ", count: (256 << 10) + 1), 413),
        ])
    func bodies(body: String, status: Int) async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            #expect(await world.post(Array(body.utf8)).status == status)
            let kept = try await world.scalar("SELECT count(*) FROM gateway_notices")
            #expect(kept == "0")
        }
    }

    @Test("are refused as long as there is no secret")
    func noSecret() async throws {
        try await PaymentWorld.with { world in
            #expect(await world.post(Self.event("charge.refunded")).status == 404)
        }
    }

    /// How the same news can come.
    enum Arrival: String, CaseIterable, Sendable {
        case beforeTheAnswer, afterTheAnswer, doubled, reversed, reversedAndDoubledBeforeTheAnswer

        var isBefore: Bool { self == .beforeTheAnswer || self == .reversedAndDoubledBeforeTheAnswer }

        func arranged(_ events: [[UInt8]]) -> [[UInt8]] {
            switch self {
            case .beforeTheAnswer, .afterTheAnswer: events
            case .doubled: events + events
            case .reversed: events.reversed()
            case .reversedAndDoubledBeforeTheAnswer: (events + events).reversed()
            }
        }
    }

    @Test(
        "never book a second time, whenever and in whatever order they come",
        arguments: [
            ("4242424242424242", "succeeded"), ("4000000000000341", "declined"),
            ("4000002760003184", "requires_action"),
        ], Arrival.allCases)
    func matrix(card: (number: String, state: String), arrival: Arrival) async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            try await world.mandate(card: card.number)
            let invoice = try await world.issue(5000)
            if arrival.isBefore {
                try await world.fault(
                    #"{"kind":"late_answer","path":"/v1/payment_intents","times":1,"delay_ms":1200}"#)
            }
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.start()
            if arrival.isBefore {
                try await eventually {
                    try await world.events().contains { String(decoding: $0, as: UTF8.self).contains("pi_") }
                }
                #expect(try await world.attemptStates(invoice) == "in_flight")
            } else {
                try await eventually { try await world.attemptStates(invoice) == card.state }
            }
            try await world.tell(arrival.arranged(world.events()))
            #expect(try await world.attemptStates(invoice) == card.state)
            await world.parts.executor.stop()
            #expect(try await world.attemptStates(invoice) == card.state)
            let isPaid = card.state == "succeeded"
            #expect(try await world.ledger(invoice).captured == (isPaid ? 5000 : 0))
            #expect(
                try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
                    == (isPaid ? "5000" : "0"))
            let published = try await world.published()
            #expect(published.filter { $0 == "payment.succeeded.v1" }.count == (isPaid ? 1 : 0))
            #expect(
                published.filter { $0 == "payment.failed.v1" }.count == (card.state == "declined" ? 1 : 0))
            #expect(try await world.scalar("SELECT count(*) FROM ledger_transfers") == (isPaid ? "1" : "0"))
            #expect(try await world.violations() == [])
        }
    }

    @Test("of money for an attempt that nobody knows are kept for a person")
    func unknownAttempt() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            func paid(_ id: String, attempt: String) -> [UInt8] {
                Self.event(
                    "payment_intent.succeeded", id: id,
                    object: """
                        {"id":"pi_1","object":"payment_intent","status":"succeeded","amount":5,"currency":"usd",
                         "metadata":{\(attempt)}}
                        """)
            }
            try await world.tell([
                paid("evt_1", attempt: #""attempt_id":"\#(AttemptID(.v7()))""#),
                // Somebody else's payment on the same account.
                paid("evt_2", attempt: ""),
            ])
            #expect(
                try await world.scalar(
                    "SELECT string_agg(event_id || ' ' || reason, ',') FROM gateway_notices WHERE state = 'review'"
                )
                    == "evt_1 unknown_attempt")
            #expect(try await world.violations() == ["gateway_tells_nothing_new"])
            #expect(try await world.scalar("SELECT count(*) FROM ledger_transfers") == "0")
        }
    }

    @Test("find out a lost answer before anybody asks")
    func lostAnswer() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.fault(#"{"kind":"reset_after","path":"/v1/payment_intents","times":2}"#)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "unknown" }
            try await world.tell(world.events())
            #expect(try await world.attemptStates(invoice) == "succeeded")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("of a finished setup save the card, once, also when the browser says it as well")
    func setup() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let setup = try await world.parts.cards.begin(for: world.accountID)
            let card = try await world.cardToken("4242424242424242")
            _ = try await world.post(
                "/v1/setup_intents/\(setup.reference)/confirm", Array("payment_method=\(card)".utf8),
                key: "sk_test_1")
            try await world.tell(world.events() + world.events())
            _ = try await world.parts.cards.save(.setup(setup.reference), for: world.accountID)
            #expect(try await world.scalar("SELECT string_agg(last4, ',') FROM payment_methods") == "4242")
            #expect(try await world.published().filter { $0 == "payment_method.changed.v1" }.count == 1)
        }
    }

    @Test("of a card that the network replaced, or that is gone, are followed once")
    func cards() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let card = try await world.cardToken("4242424242424242")
            _ = try await world.parts.cards.save(.method(card), for: world.accountID)
            let object = """
                {"id":"\(card)","object":"payment_method","card":{"brand":"visa","last4":"1881","exp_month":3,
                 "exp_year":2035}}
                """
            let updated = Self.event(
                "payment_method.automatically_updated", id: "evt_up", object: object)
            let again = Self.event("payment_method.updated", id: "evt_again", object: object)
            try await world.tell([updated, updated, again])
            #expect(
                try await world.scalar(
                    "SELECT string_agg(last4 || ' ' || expiry_month || '/' || expiry_year, ',') FROM payment_methods"
                )
                    == "1881 3/2035")
            #expect(try await world.published().filter { $0 == "payment_method.changed.v1" }.count == 2)
            try await world.tell([
                Self.event("payment_method.detached", id: "evt_gone", object: object)
            ])
            #expect(try await world.scalar("SELECT is_removed FROM payment_methods") == "true")
        }
    }

    @Test("of money given back that nobody asked for here are kept for a person")
    func refundedElsewhere() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            let payment = try await world.scalar("SELECT gateway_reference FROM attempts")
            _ = try await world.post(
                "/v1/refunds", Array("payment_intent=\(payment)&amount=100".utf8), key: "sk_test_1")
            try await world.tell(world.events())
            #expect(
                try await world.scalar(
                    "SELECT string_agg(reason, ',') FROM gateway_notices WHERE state = 'review'")
                    == "refunded_elsewhere")
        }
    }
}
