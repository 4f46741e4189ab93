import EventContracts
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import InvoiceService

@Suite("What is kept of subscriptions", .timeLimit(.minutes(10))) struct SubscriptionRecordTests {
    @Test("snapshots tell every subscription as it is, with the sequence of its last event")
    func snapshots() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let item = #"{"price_id":"\#(try await world.seats())"}"#
            let first = try #require(try await world.subscribe(customer, item).text("id"))
            let second = try #require(
                try await world.subscribe(customer, item, #""trial_days":3"#).text("id"))
            try await world.renew(second)
            let source = try #require(world.snapshots.first { $0 is SubscriptionSnapshots })
            let events = try await world.pool.transaction { tx in
                var events: [OutgoingEvent] = []
                var cursor: RawID?
                repeat {
                    let page = try source.page(after: cursor, limit: 1, in: tx)
                    events += page.events
                    cursor = page.next
                } while cursor != nil
                return events
            }
            let envelopes = try events.map { try EventEnvelope(parsing: $0.body) }
            #expect(Set(envelopes.map(\.subject)) == [first, second])
            #expect(events.allSatisfy { $0.exchange == "invoice.snapshots" })
            let renewed = try #require(envelopes.first { $0.subject == second })
            #expect(renewed.sequence == 2)
            let facts = try JSON.decode(SubscriptionSnapshotTaken.self, from: renewed.data).subscription
            #expect(facts.status == .active && facts.trialEndsAt == facts.currentPeriodStart)
        }
    }

    @Test(
        "an invariant that does not hold is noticed",
        arguments: [
            (
                "UPDATE subscription_periods SET period_end = period_end - interval '1 second' WHERE kind = 'trial'",
                "periods_have_no_gap"
            ),
            (
                "DELETE FROM subscription_periods WHERE kind = 'paid'",
                "subscriptions_are_in_their_last_period"
            ),
            (
                "UPDATE invoices SET subscription_id = NULL",
                "period_invoices_name_their_subscription"
            ),
        ])
    func invariants(damage: String, name: String) async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#,
                #""trial_days":3"#)
            try await world.renew(try #require(made.text("id")))
            #expect(try await world.violations() == [])
            try await world.pool.transaction { tx in _ = try tx.execute(damage) }
            #expect(try await world.violations().contains(name))
        }
    }

    @Test("one invoice cannot be that of two periods, and a period cannot begin twice")
    func keys() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            try await world.renew(try #require(made.text("id")))
            for change in [
                "UPDATE subscription_periods SET invoice_id = (SELECT max(invoice_id::text)::uuid FROM subscription_periods)",
                "UPDATE subscription_periods SET period_start = (SELECT max(period_start) FROM subscription_periods)",
            ] {
                await #expect(throws: PostgresError.self) {
                    try await world.pool.transaction { tx in _ = try tx.execute(change) }
                }
            }
        }
    }

    @Test("where rounded taxes of credits come to more than those of the lines, the credits wait")
    func roundedTaxes() async throws {
        try await InvoiceWorld.with { world in
            let vat = try await world.taxRate(#"{"name":"VAT","percentage":10}"#)
            let plan = try await world.plan()
            var items: [String] = []
            for _ in 0..<5 {
                let price = try await world.price(
                    plan, #""model":"flat","unit_amount":"0.01","tax_rates":["\#(vat)"]"#)
                items.append(#"{"price_id":"\#(try #require(price.text("id")))"}"#)
            }
            let made = try await world.subscribe(
                try await world.customer(), items.joined(separator: ","))
            let id = try #require(made.text("id"))
            let (subscription, rate) = (try #require(SubscriptionID(id)), try #require(TaxRateID(vat)))
            try await world.pool.transaction { tx in
                try SubscriptionChargeStore.add(
                    [SubscriptionCharge(description: "Unused", amount: -5, taxRates: [rate])],
                    to: subscription, in: tx)
            }
            // Five lines of 0.01 bear no tax, but a credit of 0.05 gives back 0.01.
            try await world.renew(id)
            #expect(try await world.invoices(of: id).map { $0.number("total") } == ["0.05", "0.05"])
            let waiting = try await world.pool.transaction { tx in
                try SubscriptionChargeStore.waiting(of: subscription, in: tx)
            }
            #expect(waiting.map(\.credit) == [-5])
            #expect(try await world.violations() == [])
        }
    }
}
