import PaymentDomain
import Primitives
import Testing

@testable import PaymentService

@Suite("The adapter of the Stripe API")
struct StripeGatewayTests {
    private static let dollars = Money(minorUnits: 4321, currency: Currency(code: "USD") ?? Currency.all[0])

    private static func call(
        customer: String?, method: String, isOffSession: Bool = true, payment: PaymentID = PaymentID(.v7())
    ) -> ChargeCall {
        ChargeCall(
            attemptID: AttemptIdentity.id(of: payment, number: 1), paymentID: payment,
            invoiceID: InvoiceID(.v7()),
            number: 1, amount: dollars, customer: customer, method: method, isOffSession: isOffSession)
    }

    private static func charge(_ call: ChargeCall, _ gateway: StripeGateway) async -> GatewayOutcome {
        await withCheckedContinuation { continuation in
            gateway.charge(call) { continuation.resume(returning: $0) }
        }
    }

    @Test(
        "the implementation by other people takes part",
        .enabled(if: GatewayImplementation.isForeignOneInstalled))
    func foreign() {
        #expect(GatewayImplementation.installed == GatewayImplementation.allCases)
    }

    @Test("a setup that the browser finishes saves the card", arguments: GatewayImplementation.installed)
    func setup(implementation: GatewayImplementation) async throws {
        try await implementation.with { gateway, browser in
            let customer = try await gateway.createCustomer(for: AccountID(.v7()))
            let setup = try await gateway.createSetup(customer: customer)
            await #expect(throws: GatewayFailure.refused(code: "setup_not_finished")) {
                try await gateway.card(ofSetup: setup.reference, customer: customer)
            }
            try await browser.confirm(setup, with: browser.card("4242424242424242"))
            let card = try await gateway.card(ofSetup: setup.reference, customer: customer)
            #expect(card.brand == "visa")
            #expect(card.last4 == "4242")
            #expect((card.expiryYear, card.expiryMonth) == (2031, 12))
            await #expect(throws: GatewayFailure.refused(code: "setup_of_another_customer")) {
                try await gateway.card(ofSetup: setup.reference, customer: "cus_other")
            }
            try await gateway.detach(method: card.reference)
        }
    }

    @Test("a charge without its payer is made once per key", arguments: GatewayImplementation.installed)
    func charge(implementation: GatewayImplementation) async throws {
        try await implementation.with { gateway, browser in
            let customer = try await gateway.createCustomer(for: AccountID(.v7()))
            let card = try await gateway.attach(
                method: browser.card("4242424242424242"), customer: customer)
            let call = Self.call(customer: customer, method: card.reference)
            guard case .charged(let first) = await Self.charge(call, gateway),
                case .charged(let second) = await Self.charge(call, gateway)
            else { throw TestFailure(description: "not charged") }
            #expect((first == second) == implementation.honoursIdempotencyKeys)
            #expect(try await gateway.retrieve(reference: first) == .charged(reference: first))
            if implementation.canSearch {
                #expect(try await gateway.lookUp(call.attemptID) == .charged(reference: first))
            }
        }
    }

    @Test("a refusal is classified, and no money is taken", arguments: GatewayImplementation.installed)
    func refusal(implementation: GatewayImplementation) async throws {
        try await implementation.with { gateway, browser in
            let customer = try await gateway.createCustomer(for: AccountID(.v7()))
            let card = try await gateway.attach(
                method: browser.card("4000000000000341"), customer: customer)
            let call = Self.call(customer: customer, method: card.reference)
            let outcome = await Self.charge(call, gateway)
            guard case .refused(let decline, _) = outcome else {
                throw TestFailure(description: "\(outcome)")
            }
            #expect(decline.isRetriable)
        }
    }

    @Test(
        "refunds are made once per key and never above the charge", arguments: GatewayImplementation.installed
    )
    func refund(implementation: GatewayImplementation) async throws {
        try await implementation.with { gateway, browser in
            let customer = try await gateway.createCustomer(for: AccountID(.v7()))
            let card = try await gateway.attach(
                method: browser.card("4242424242424242"), customer: customer)
            guard
                case .charged(let reference) = await Self.charge(
                    Self.call(customer: customer, method: card.reference), gateway)
            else { throw TestFailure(description: "not charged") }
            func part(_ minorUnits: Int64, _ id: RefundID = RefundID(.v7())) async -> RefundOutcome {
                await gateway.refund(
                    RefundCall(
                        refundID: id, gatewayPayment: reference,
                        amount: Money(minorUnits: minorUnits, currency: Self.dollars.currency)))
            }
            let id = RefundID(.v7())
            let first = await part(4000, id)
            guard case .refunded = first else { throw TestFailure(description: "\(first)") }
            if implementation.honoursIdempotencyKeys { #expect(await part(4000, id) == first) }
            if implementation.limitsRefunds {
                guard case .refused = await part(322) else {
                    throw TestFailure(description: "refunded more than was charged")
                }
            }
            guard case .refunded = await part(321) else { throw TestFailure(description: "rest") }
            func lookUp(_ id: RefundID) async throws -> RefundOutcome? {
                try await gateway.lookUp(
                    RefundCall(
                        refundID: id, gatewayPayment: reference,
                        amount: Money(minorUnits: 4000, currency: Self.dollars.currency)))
            }
            #expect(try await lookUp(id) == first)
            #expect(try await lookUp(RefundID(.v7())) == nil)
        }
    }

    @Test(
        "a card whose payer has to confirm takes no money, and the charge can be ended",
        arguments: GatewayImplementation.installed)
    func confirmation(implementation: GatewayImplementation) async throws {
        try await implementation.with { gateway, browser in
            let customer = try await gateway.createCustomer(for: AccountID(.v7()))
            let card = try await gateway.attach(
                method: browser.card("4000002760003184"), customer: customer)
            let outcome = await Self.charge(Self.call(customer: customer, method: card.reference), gateway)
            guard case .needsAction(let reference) = outcome else {
                throw TestFailure(description: "\(outcome)")
            }
            let ended = try await gateway.cancel(reference: reference)
            #expect(ended == .refused(Decline(.authentication, code: "canceled"), reference: reference))
            #expect(try await gateway.cancel(reference: reference) == ended)
        }
    }
}
