import EventContracts
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Changes of subscriptions", .timeLimit(.minutes(10))) struct SubscriptionChangeTests {
    /// Three seats at 10.00, half of whose month of 31 days is over.
    private static func halfway(_ world: InvoiceWorld) async throws -> (id: String, seats: String) {
        let seats = try await world.seats()
        let made = try await world.subscribe(
            try await world.customer(), #"{"price_id":"\#(seats)","quantity":3}"#)
        world.clock.advance(by: .seconds(31 * 43_200))
        return (try #require(made.text("id")), seats)
    }

    private static func change(
        _ world: InvoiceWorld, _ id: String, _ items: String, _ proration: String, preview: Bool = false
    ) async throws -> InvoiceWorld.Answer {
        let answer = try await world.call(
            "POST", "/v1/subscriptions/\(id)/change\(preview ? "/preview" : "")",
            #"{"items":[\#(items)],"proration":"\#(proration)"}"#)
        #expect(answer.status == 200)
        return answer
    }

    @Test("more seats in the middle of a period are in the next invoice: unused given back, rest asked for")
    func upgrade() async throws {
        try await InvoiceWorld.with { world in
            let (id, seats) = try await Self.halfway(world)
            let items = #"{"price_id":"\#(seats)","quantity":5}"#
            let preview = try await Self.change(world, id, items, "next_invoice", preview: true)
            #expect(
                preview["lines"]?.elements.compactMap { $0["amount"]?.numberText } == ["-15", "25"])
            #expect(preview.number("subtotal") == "10")
            // The preview has changed nothing.
            #expect(try await world.subscription(id)["items"]?.elements[0]["quantity"]?.numberText == "3")
            let changed = try await Self.change(world, id, items, "next_invoice")
            #expect(changed["items"]?.elements[0]["quantity"]?.numberText == "5")
            #expect(try await world.timer(of: id)?.generation == 1)
            try await world.renew(id)
            let invoices = try await world.invoices(of: id)
            #expect(invoices.map { $0.number("total") } == ["30", "60"])
            #expect(invoices[1].lineTotals == ["25", "50", "-15"])
            #expect(try await world.violations() == [])
        }
    }

    @Test("fewer seats never make an invoice below zero: what is left over waits for the next ones")
    func downgrade() async throws {
        try await InvoiceWorld.with { world in
            let (id, seats) = try await Self.halfway(world)
            _ = try await Self.change(world, id, #"{"price_id":"\#(seats)","quantity":1}"#, "now")
            let now = try await world.invoices(of: id)
            #expect(now.map { $0.number("total") } == ["30", "0"])
            #expect(now[1].lineTotals == ["5", "-5"] && now[1].text("status") == "paid")
            try await world.renew(id)
            try await world.renew(id)
            let invoices = try await world.invoices(of: id)
            #expect(invoices.map { $0.number("total") } == ["30", "0", "0", "10"])
            #expect(invoices[2].lineTotals == ["10", "-10"] && invoices[3].lineTotals == ["10"])
            #expect(try await world.violations() == [])
        }
    }

    @Test("a change can be invoiced at once, or cost nothing until the next period")
    func settlements() async throws {
        try await InvoiceWorld.with { world in
            let (first, seats) = try await Self.halfway(world)
            let items = #"{"price_id":"\#(seats)","quantity":5}"#
            let changed = try await Self.change(world, first, items, "now")
            let invoices = try await world.invoices(of: first)
            #expect(invoices.map { $0.number("total") } == ["30", "10"])
            #expect(changed.text("latest_invoice_id") == invoices[1].text("id"))
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(seats)","quantity":3}"#)
            let second = try #require(made.text("id"))
            world.clock.advance(by: .seconds(86_400))
            _ = try await Self.change(world, second, items, "none")
            try await world.renew(second)
            #expect(try await world.invoices(of: second).map { $0.number("total") } == ["30", "50"])
        }
    }

    @Test("another plan takes the place of one, and taxes of both are given back and asked for")
    func plans() async throws {
        try await InvoiceWorld.with { world in
            let vat = try await world.taxRate(#"{"name":"VAT","percentage":20}"#)
            let members = #""model":"flat","tax_rates":["\#(vat)"],"unit_amount"#
            let small = try await world.priceID("\(members)\":31")
            let large = try await world.priceID("\(members)\":62", plan: "Large")
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(small)"}"#)
            let id = try #require(made.text("id"))
            world.clock.advance(by: .seconds(86_400))
            _ = try await Self.change(world, id, #"{"price_id":"\#(large)"}"#, "now")
            let invoices = try await world.invoices(of: id)
            // 30 of 31 days: 60.00 − 30.00, and a fifth of that on top.
            #expect(invoices.map { $0.number("total") } == ["37.2", "36"])
            #expect(invoices[1].number("tax_total") == "6")
            #expect(try await world.call("DELETE", "/v1/prices/\(small)").status == 409)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a change in a trial costs nothing, and what was used at a price that goes is still invoiced")
    func metersAndTrials() async throws {
        try await InvoiceWorld.with { world in
            let (seats, calls) = (
                try await world.seats(),
                try await world.priceID(#""model":"per_unit","unit_amount":1,"meter":"calls""#)
            )
            let customer = try await world.customer()
            let trial = try await world.subscribe(
                customer, #"{"price_id":"\#(seats)"}"#, #""trial_days":7"#)
            let first = try #require(trial.text("id"))
            let preview = try await Self.change(
                world, first, #"{"price_id":"\#(seats)","quantity":9}"#, "now", preview: true)
            #expect(preview["lines"]?.elements.isEmpty == true)
            let made = try await world.subscribe(
                customer, #"{"price_id":"\#(seats)"},{"price_id":"\#(calls)"}"#)
            let second = try #require(made.text("id"))
            try await world.use(second, "calls", "4")
            world.clock.advance(by: .seconds(60))
            _ = try await Self.change(world, second, #"{"price_id":"\#(seats)"}"#, "next_invoice")
            try await world.renew(second)
            #expect(try await world.invoices(of: second).map { $0.number("total") } == ["10", "14"])
        }
    }

    @Test("cancelled now, what was used is invoiced, less what is given back; nothing follows")
    func cancelNow() async throws {
        try await InvoiceWorld.with { world in
            let (seats, calls) = (
                try await world.seats(),
                try await world.priceID(#""model":"per_unit","unit_amount":1,"meter":"calls""#)
            )
            let made = try await world.subscribe(
                try await world.customer(),
                #"{"price_id":"\#(seats)","quantity":3},{"price_id":"\#(calls)"}"#)
            let id = try #require(made.text("id"))
            world.clock.advance(by: .seconds(31 * 43_200))
            try await world.use(id, "calls", "20", at: world.clock.now() - .seconds(1))
            let timer = try #require(try await world.timer(of: id))
            let answer = try await world.call(
                "POST", "/v1/subscriptions/\(id)/cancel", #"{"at":"now","prorate":true}"#)
            #expect(answer.text("status") == "cancelled")
            #expect(answer.text("ended_at") == "2027-01-30T20:00:00.000Z")
            #expect(try await world.invoices(of: id).map { $0.number("total") } == ["30", "5"])
            #expect(try await world.timer(of: id) == nil)
            world.clock.set(try #require(timer.rule.at))
            try await world.deliver([InvoiceWorld.due(timer)])
            #expect(try await world.invoices(of: id).count == 2)
            for path in ["cancel", "pause", "resume"] {
                let refused = try await world.call("POST", "/v1/subscriptions/\(id)/\(path)")
                #expect(refused.status == 409 && refused.text("code") == "subscription_cancelled")
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "open invoices of a cancelled subscription are voided or kept, as chosen",
        arguments: ["void", "keep"])
    func openInvoices(choice: String) async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            try await world.pay(1_000, try #require(InvoiceID(made.text("latest_invoice_id") ?? "")))
            try await world.renew(id)
            try await world.call(
                "POST", "/v1/subscriptions/\(id)/cancel",
                #"{"at":"now","prorate":true,"open_invoices":"\#(choice)"}"#)
            #expect(
                try await world.invoices(of: id).map { $0.text("status") } == [
                    "paid", choice == "void" ? "voided" : "finalized",
                ])
            // What is voided is not given back a second time.
            let waiting = try await world.pool.transaction { tx in
                try tx.query("SELECT count(*) FROM subscription_charges").scalar(as: Int64.self)
            }
            #expect(waiting == (choice == "void" ? 0 : 1))
            #expect(try await world.violations() == [])
        }
    }

    @Test("cancelled with its period, a subscription ends there, unless that is taken back before")
    func cancelAtEnd() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            let path = "/v1/subscriptions/\(id)"
            #expect(
                try await world.call("POST", "\(path)/cancel")["cancel_at_period_end"]?.bool == true)
            let again = try await world.call("POST", "\(path)/cancel")
            #expect(again.status == 409 && again.text("code") == "subscription_ends_already")
            #expect(
                try await world.call("POST", "\(path)/resume")["cancel_at_period_end"]?.bool == false)
            try await world.renew(id)
            #expect(try await world.call("POST", "\(path)/cancel", "{}").status == 200)
            try await world.renew(id)
            let ended = try await world.subscription(id)
            #expect(ended.text("status") == "cancelled")
            #expect(ended.text("ended_at") == "2027-03-15T08:00:00.000Z")
            #expect(try await world.invoices(of: id).count == 2)
            #expect(try await world.timer(of: id) == nil)
            #expect(try await world.violations() == [])
        }
    }

    @Test("what a late timer has not done yet is done before a person changes something")
    func lateTimer() async throws {
        try await InvoiceWorld.with { world in
            let (id, seats) = try await Self.halfway(world)
            let timer = try #require(try await world.timer(of: id))
            world.clock.set(try #require(timer.rule.at) + .seconds(14 * 86_400))
            // Half of the second period, which nobody has begun yet: 28 days.
            _ = try await Self.change(world, id, #"{"price_id":"\#(seats)","quantity":5}"#, "now")
            // Both are made in one moment, so their order says nothing.
            let totals = try await world.invoices(of: id).compactMap { $0.number("total") }
            #expect(totals.sorted() == ["10", "30", "30"])
            try await world.deliver([InvoiceWorld.due(timer)])
            #expect(try await world.invoices(of: id).count == 3)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a pause begins with the end of the period; resumed, periods begin anew and without a gap")
    func pause() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#, #""due_days":90"#)
            let id = try #require(made.text("id"))
            let path = "/v1/subscriptions/\(id)"
            #expect(try await world.call("POST", "\(path)/resume").text("code") == "nothing_to_resume")
            #expect(try await world.call("POST", "\(path)/pause").text("status") == "paused")
            #expect(try await world.call("POST", "\(path)/pause").text("code") == "subscription_paused")
            try await world.renew(id)
            #expect(try await world.invoices(of: id).count == 1)
            #expect(try await world.timer(of: id) == nil)
            #expect(try await world.subscription(id)["current_period_end"] == nil)
            world.clock.advance(by: .seconds(10 * 86_400))
            let resumed = try await world.call("POST", "\(path)/resume")
            #expect(resumed.text("status") == "active")
            #expect(resumed.text("current_period_start") == "2027-02-25T08:00:00.000Z")
            #expect(resumed.text("current_period_end") == "2027-03-25T08:00:00.000Z")
            #expect(try await world.invoices(of: id).count == 2)
            try await world.renew(id)
            #expect(try await world.invoices(of: id).count == 3)
            #expect(try await world.violations() == [])
        }
    }
}
