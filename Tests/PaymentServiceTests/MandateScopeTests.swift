import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("One mandate counts for an invoice: its own, else its series', else the sender's")
struct MandateScopeTests {
    /// How a permission of one scope stands; nil when there is none.
    private static let standings: [Mandate.Status?] = [nil, .active, .paused, .revoked]

    @Test(
        "the most specific permission that was not taken back decides, in every combination",
        arguments: standings)
    func resolution(sender: Mandate.Status?) async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(days: 3)
            try await world.set(.sender, to: sender, card: card)
            for series in Self.standings {
                for own in Self.standings {
                    let id = RecurringInvoiceID(.v7())
                    let invoice = try await world.issue(900, series: id)
                    try await world.set(.series(id), to: series, card: card)
                    try await world.set(.invoice(invoice), to: own, card: card)
                    let counting: (MandateScope, Mandate.Status)? = [
                        (MandateScope.invoice(invoice), own), (.series(id), series), (.sender, sender),
                    ].lazy.compactMap { scope, status in status.map { (scope, $0) } }
                        .first { $0.1 != .revoked }
                    let expected = counting?.1 == .active ? counting?.0.name : nil
                    #expect(try await world.collecting(invoice) == expected, "\(series as Any) \(own as Any)")
                }
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("a card for one invoice replaces the sender's plan; once it is detached that plan begins again")
    func replaced() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(days: 10)
            let invoice = try await world.issue(5_000)
            let old = try await world.due(invoice)
            try await world.mandate(scope: .invoice(invoice))
            #expect(try await world.plans(invoice) == "cancelled/mandate_replaced planned/-")
            try await world.accept([old])
            #expect(try await world.attemptStates(invoice) == "-")
            try await world.set(.invoice(invoice), to: .revoked, card: card)
            #expect(try await world.plans(invoice) == "planned/- cancelled/mandate_revoked")
            // The due that was asked for before means nothing: the plan has another generation.
            try await world.accept([old])
            #expect(try await world.attemptStates(invoice) == "-")
            let types = try await world.published()
            #expect(types.filter { $0 == "schedule.requested.v1" }.count == 2)
            #expect(types.filter { $0 == "schedule.changed.v1" }.count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("other terms move the day of a plan that has not been tried")
    func moved() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(5_000)
            let today = Zone.utc.date(at: world.clock.now())
            func day() async throws -> String {
                try await world.scalar("SELECT charge_on FROM plans WHERE invoice_id = $1", invoice)
            }
            #expect(try await day() == today.adding(days: 3).description)
            try await world.mandate(days: 5)
            #expect(try await day() == today.adding(days: 5).description)
            try await world.mandate(onDueDate: true)
            #expect(try await day() == today.adding(days: 14).description)
            // The same terms again change nothing.
            try await world.mandate(onDueDate: true)
            #expect(try await world.planState(invoice) == "planned/0/3")
        }
    }

    @Test("while a permission rests nothing is charged; resumed, what came due is charged once")
    func pause() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate()
            let invoice = try await world.issue(5_000)
            try await world.accept([world.due(invoice)])
            #expect(try await world.attemptStates(invoice) == "ready")
            try await world.set(.sender, to: .paused, card: card)
            #expect(try await world.plans(invoice) == "cancelled/mandate_paused")
            #expect(try await world.attemptStates(invoice) == "cancelled")
            try await world.set(.sender, to: .active, card: card)
            let due = try await world.due(invoice)
            try await world.accept([due, due])
            try await world.parts.executor.start()
            try await eventually { try await world.plans(invoice) == "collected/-" }
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice and a permission that come at the same moment find each other")
    func atOnce() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(days: 3)
            for _ in 0..<20 {
                try await world.set(.sender, to: .revoked, card: card)
                async let given = world.set(.sender, to: .active, card: card)
                let invoice = try await world.issue(700)
                _ = try await given
                #expect(try await world.plans(invoice) == "planned/-")
            }
        }
    }

    @Test("the terms of a request are read exactly, and everything wrong is named")
    func terms() throws {
        let card = PaymentMethodID(.v7())
        func read(_ members: String, _ currency: Currency? = nil) throws -> MandateTerms {
            let text = "{\"payment_method_id\":\"\(card)\"\(members)}"
            let body = try JSONDocument(parsing: Array(text.utf8)).root
            return try MandateTerms(FieldReader(body), body, currency: currency)
        }
        #expect(try read("").chargeAfterDays == 0)
        #expect(try read(#","charge_after_days":4"#).chargeAfterDays == 4)
        #expect(try read(#","charge":{"days_after_issue":7}"#).chargeAfterDays == 7)
        #expect(try read(#","charge":"now""#).chargesOnDueDate == false)
        #expect(try read(#","charge":"due_date""#).chargesOnDueDate)
        #expect(try read(#","cap_per_month":"12.50""#, Currency(code: "USD")).capPerMonthMinor == 1_250)
        for wrong in [
            #","charge":"later""#, #","charge":{}"#, #","charge":{"days_after_issue":366}"#,
            #","charge":3"#, #","cap_per_charge":"1""#, #","charge_after_days":-1"#,
        ] {
            #expect(throws: InvalidFields.self) { try read(wrong) }
        }
    }
}
