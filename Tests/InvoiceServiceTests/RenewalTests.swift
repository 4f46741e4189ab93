import EventContracts
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Renewals of subscriptions", .timeLimit(.minutes(10))) struct RenewalTests {
    @Test("a due that comes again, twice in a batch or much later, makes no second invoice")
    func repeated() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            let timer = try #require(try await world.timer(of: id))
            world.clock.set(try #require(timer.rule.at))
            let due = InvoiceWorld.due(timer)
            try await world.deliver([due, due])
            try await world.deliver([due])
            #expect(try await world.invoices(of: id).count == 2)
            try await world.renew(id)
            try await world.deliver([due])
            #expect(try await world.invoices(of: id).count == 3)
            let starts = try await world.pool.transaction { tx in
                try tx.query("SELECT count(*) FROM subscription_periods WHERE invoice_id IS NOT NULL")
                    .scalar(as: Int64.self)
            }
            #expect(starts == 3)
            #expect(try await world.violations() == [])
        }
    }

    @Test("what a renewal does is in the audit trail as the service's own doing")
    func audited() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            try await world.renew(id)
            let renewed = try #require(
                InvoiceID(try await world.subscription(id).text("latest_invoice_id") ?? ""))
            let (first, second) = try await world.pool.transaction { tx in
                let sql =
                    "SELECT actor_kind || ' ' || action FROM audit_entries WHERE (invoice_id = $1) = $2 ORDER BY number"
                return (
                    try tx.query(sql, [renewed, false]).column(0, as: String.self),
                    try tx.query(sql, [renewed, true]).column(0, as: String.self)
                )
            }
            #expect(first == ["account created", "account finalized"])
            #expect(second == ["service created", "service finalized"])
        }
    }

    @Test("dues that come at the same time make one invoice")
    func concurrent() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            let timer = try #require(try await world.timer(of: id))
            world.clock.set(try #require(timer.rule.at))
            let due = InvoiceWorld.due(timer)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await world.deliver([due]) } }
                try await group.waitForAll()
            }
            #expect(try await world.invoices(of: id).count == 2)
            #expect(try await world.violations() == [])
        }
    }

    @Test("after a long silence every period gets its own invoice, and the next timer is ahead")
    func downtime() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            let timer = try #require(try await world.timer(of: id))
            world.clock.set(try #require(Instant(rfc3339: "2027-05-20T00:00:00Z")))
            try await world.deliver([InvoiceWorld.due(timer)])
            #expect(try await world.invoices(of: id).count == 5)
            let next = try #require(try await world.timer(of: id))
            #expect(next.rule.at?.rfc3339 == "2027-06-15T07:00:00.000Z" && next.generation == 2)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a due counts although this clock is a little behind the scheduler's")
    func clockBehind() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            let timer = try #require(try await world.timer(of: id))
            world.clock.set(try #require(timer.rule.at) - .milliseconds(15))
            try await world.deliver([InvoiceWorld.due(timer)])
            #expect(try await world.invoices(of: id).count == 2)
        }
    }

    @Test("timers of others and of a generation that is over mean nothing")
    func foreign() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#)
            let id = try #require(made.text("id"))
            let old = try #require(try await world.timer(of: id))
            try await world.call("POST", "/v1/subscriptions/\(id)/pause")
            try await world.call("POST", "/v1/subscriptions/\(id)/resume")
            #expect(try await world.timer(of: id)?.generation == 3)
            world.clock.set(try #require(old.rule.at))
            try await world.deliver([InvoiceWorld.due(old)])
            var other = InvoiceWorld.due(try #require(try await world.timer(of: id)))
            other.kind = DailyTimer.Kind.overdue.rawValue
            try await world.deliver([other])
            #expect(try await world.invoices(of: id).count == 1)
            try await world.renew(id)
            #expect(try await world.invoices(of: id).count == 2)
        }
    }

    @Test("usage becomes lines of the renewal invoice, by every aggregation and with all tiers")
    func usage() async throws {
        try await InvoiceWorld.with { world in
            let tiers =
                #""tiers":[{"up_to":10,"unit_amount":"1"},{"unit_amount":"0.0035","flat_amount":2}]"#
            let sum = try await world.priceID(#""model":"graduated","meter":"sum",\#(tiers)"#)
            let top = try await world.priceID(
                #""model":"per_unit","unit_amount":1,"meter":"top","aggregation":"max""#)
            let last = try await world.priceID(
                #""model":"package","unit_amount":5,"package_size":10,"meter":"last","aggregation":"last""#)
            let users = try await world.priceID(
                #""model":"per_unit","unit_amount":3,"meter":"users","aggregation":"unique_count""#)
            let made = try await world.subscribe(
                try await world.customer(),
                [sum, top, last, users].map { #"{"price_id":"\#($0)"}"# }.joined(separator: ","))
            let id = try #require(made.text("id"))
            #expect(try await world.invoices(of: id).isEmpty)
            let now = world.clock.now()
            for quantity in ["7", "3", "1000"] { try await world.use(id, "sum", quantity) }
            for quantity in ["4", "9.5", "2"] { try await world.use(id, "top", quantity) }
            try await world.use(id, "last", "25", at: now + .seconds(60))
            try await world.use(id, "last", "99", at: now)
            for key in ["a", "b", "a"] { try await world.use(id, "users", "1", key: key) }
            let summary = try await world.call("GET", "/v1/subscriptions/\(id)/usage")
            #expect(
                summary["meters"]?.elements.map { $0["quantity"]?.numberText }
                    == ["1010", "9.5", "25", "2"])
            #expect(
                summary["meters"]?.elements.map { $0["amount"]?.numberText } == ["15.5", "9.5", "15", "6"])
            try await world.renew(id)
            let invoice = try #require(try await world.invoices(of: id).first)
            #expect(invoice.lineTotals == ["10", "3.5", "2", "9.5", "15", "6"])
            #expect(invoice.number("total") == "46")
            #expect(invoice["line_items"]?.elements[1]["amount"]?.numberText == "0.0035")
            let after = try await world.call("GET", "/v1/subscriptions/\(id)/usage")
            #expect(after["meters"]?.elements.allSatisfy { $0["events"]?.int64 == 0 } == true)
            #expect(try await world.violations() == [])
        }
    }

    @Test("what is reported late is in its own period's invoice until that is made, then in the next")
    func late() async throws {
        try await InvoiceWorld.with { world in
            let calls = try await world.priceID(#""model":"per_unit","unit_amount":1,"meter":"calls""#)
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(calls)"}"#)
            let id = try #require(made.text("id"))
            let start = world.clock.now()
            let end = try #require(try await world.timer(of: id)?.rule.at)
            // The invoice is late: what was used before its period's end belongs into it, what came after does not.
            world.clock.set(end + .seconds(3_600))
            try await world.use(id, "calls", "2", at: end - .microseconds(1))
            try await world.use(id, "calls", "40", at: end)
            try await world.deliver([InvoiceWorld.due(try #require(try await world.timer(of: id)))])
            #expect(try await world.invoices(of: id).map { $0.number("total") } == ["2"])
            // The first period is invoiced: what still comes for it is in the second.
            try await world.use(id, "calls", "500", at: start + .seconds(5))
            try await world.renew(id)
            #expect(try await world.invoices(of: id).map { $0.number("total") } == ["2", "540"])
        }
    }

    @Test("an invoice that is not paid in time makes the subscription past due until it is paid")
    func pastDue() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#, #""due_days":3"#)
            let id = try #require(made.text("id"))
            let invoice = try #require(InvoiceID(made.text("latest_invoice_id") ?? ""))
            // The 18th is over in Berlin at 23:00 UTC.
            world.clock.set(try #require(Instant(rfc3339: "2027-01-18T22:59:59Z")))
            #expect(try await world.subscription(id).text("status") == "active")
            world.clock.set(try #require(Instant(rfc3339: "2027-01-18T23:00:00Z")))
            #expect(try await world.subscription(id).text("status") == "past_due")
            try await world.pay(1_000, invoice)
            #expect(try await world.subscription(id).text("status") == "active")
        }
    }
}
