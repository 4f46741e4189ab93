import EventContracts
import Messaging
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("An open invoice becomes overdue once, at the end of its due day", .timeLimit(.minutes(10)))
struct OverdueTests {
    @Test("an organization has one timer at the beginning of its day and one at nine, asked for once")
    func timers() async throws {
        try await InvoiceWorld.with { world in
            let overdue = try await world.timer(.overdue)
            let reminders = try await world.timer(.reminders)
            let today = try #require(CivilDate("2027-01-15"))
            #expect(overdue.rule == ScheduleRule(date: today, time: .midnight, every: 1, unit: .day))
            #expect(reminders.rule.time == .chargeTime && reminders.catchUp == .latest)
            #expect(overdue.scheduleID != reminders.scheduleID && overdue.zone == Zone("Europe/Berlin"))
            // The same again, and something newer that is not about the zone.
            try await world.organizationExists()
            try await world.organizationExists(prefix: "NEW", sequence: 2)
            #expect(try await world.timer(.overdue) == overdue)
            #expect(
                try await world.published().map(\.type) == ["schedule.requested.v1", "schedule.requested.v1"])
        }
    }

    @Test("in another zone the timers are asked for anew, and what the old ones still say means nothing")
    func moved() async throws {
        try await InvoiceWorld.with { world in
            let old = try await world.timer(.overdue)
            let id = try await world.issued(try await world.customer(), due: "2027-01-15")
            try await world.organizationExists(zone: "Pacific/Honolulu", sequence: 2)
            let new = try await world.timer(.overdue)
            #expect(new.scheduleID == old.scheduleID && new.generation == 2)
            #expect(new.zone == Zone("Pacific/Honolulu") && new.rule.date?.description == "2027-01-14")
            #expect(try await world.timer(.reminders).generation == 2)
            world.clock.advance(by: .seconds(16 * 3_600))
            // In Berlin the next day has begun, in Honolulu not for long.
            try await world.daysCome(.overdue, ["2027-01-16"], generation: 1)
            try await world.workOff()
            #expect(try await world.toldOverdue() == [])
            try await world.dayPasses(.overdue, "2027-01-16")
            #expect(try await world.toldOverdue() == [id.description])
        }
    }

    @Test(
        "on the due day it is not overdue, the day after it is: one stamp, one event, one entry in its history"
    )
    func stamped() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let id = try await world.issued(customer, due: "2027-01-20")
            let later = try await world.issued(customer, due: "2027-01-21")
            _ = try await world.draft(customer)
            try await world.dayPasses(.overdue, "2027-01-20")
            #expect(try await world.toldOverdue() == [])
            world.clock.advance(by: .seconds(6 * 86_400))
            for _ in 0..<3 { try await world.dayPasses(.overdue, "2027-01-21") }
            #expect(try await world.toldOverdue() == [id.description])
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("overdue_at") == world.clock.now().rfc3339)
            #expect(invoice.text("status") == "finalized" && invoice.text("payment_status") == "unpaid")
            #expect(try await world.call("GET", "/v1/invoices/\(later)")["overdue_at"] == nil)
            let trail = try await world.call("GET", "/v1/invoices/\(id)/events").json.elements
            #expect(trail.first?["type"]?.string == "overdue")
            #expect(trail.first?["actor"]?["type"]?.string == "service")
            #expect(trail.count { $0["type"]?.string == "overdue" } == 1)
            let told = try #require(try await world.published().last { $0.subject == id.description })
            #expect(told.sequence == 3)
            let statistics = try await world.call("GET", "/v1/invoices/stats")["currencies"]?.elements.first
            #expect(statistics?["overdue_invoices"]?.int64 == 1)
            #expect(try await world.violations() == [])
            // Paid late it keeps its stamp.
            try await world.pay(1_000, id)
            let paid = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(paid.text("status") == "paid" && paid["overdue_at"] != nil)
            try await world.dayPasses(.overdue, "2027-01-22")
            #expect(try await world.toldOverdue() == [id.description, later.description])
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "after days of absence each invoice is stamped once, in whatever order the days arrive",
        arguments: [
            [["2027-02-03"]], [["2027-02-01", "2027-02-02", "2027-02-03"]],
            [["2027-02-03"], ["2027-02-01"], ["2027-02-02", "2027-02-03"]],
        ])
    func absence(batches: [[String]]) async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            var due: [String] = []
            for day in 20...30 {
                due.append(try await world.issued(customer, due: "2027-01-\(day)").description)
            }
            world.clock.advance(by: .seconds(19 * 86_400))
            for batch in batches {
                try await world.daysCome(.overdue, batch)
                try await world.workOff()
            }
            #expect(try await world.toldOverdue().sorted() == due.sorted())
            #expect(try await world.violations() == [])
        }
    }

    @Test("a day that comes while the one before is worked off is dealt with as well")
    func newDayDuringWork() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            var due: Set<String> = []
            for day in [20, 20, 20, 20, 20, 21] {
                due.insert(try await world.issued(customer, due: "2027-01-\(day)").description)
            }
            try await world.daysCome(.overdue, ["2027-01-21"])
            _ = try await world.passes.work()
            try await world.daysCome(.overdue, ["2027-01-22"])
            try await world.workOff()
            let told = try await world.toldOverdue()
            #expect(Set(told) == due && told.count == due.count)
        }
    }

    @Test(
        "what was paid, voided or given up in the meantime is not overdue; nor is it issued late without notice"
    )
    func meanwhile() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let paid = try await world.issued(customer, due: "2027-01-20")
            let partly = try await world.issued(customer, due: "2027-01-20")
            let voided = try await world.issued(customer, due: "2027-01-20")
            let lost = try await world.issued(customer, due: "2027-01-20")
            try await world.daysCome(.overdue, ["2027-01-21"])
            try await world.pay(1_000, paid)
            try await world.pay(400, partly)
            try await world.call("POST", "/v1/invoices/\(voided)/void")
            try await world.call("POST", "/v1/invoices/\(lost)/mark_uncollectible")
            try await world.workOff()
            #expect(try await world.toldOverdue() == [partly.description])
            world.clock.advance(by: .seconds(7 * 86_400))
            // Issued with a due date that has passed: the next day says so.
            let late = try await world.issued(customer, due: "2027-01-18")
            try await world.dayPasses(.overdue, "2027-01-21")
            #expect(try await world.toldOverdue() == [partly.description])
            try await world.dayPasses(.overdue, "2027-01-23")
            #expect(try await world.toldOverdue() == [partly.description, late.description])
            #expect(try await world.violations() == [])
        }
    }

    @Test("several processes at once stamp each invoice once, and only those of the organization")
    func race() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            var due: Set<String> = []
            for _ in 0..<20 {
                due.insert(try await world.issued(customer, due: "2027-01-20").description)
            }
            let other = OrganizationID(.v7())
            try await world.organizationExists(other)
            let token = world.token(of: other)
            let client = try await world.call("POST", "/v1/customers", #"{"name":"X"}"#, token: token)
            let foreign = try await world.call(
                "POST", "/v1/invoices",
                #"{"customer_id":"\#(client.text("id") ?? "")","due_date":"2027-01-20","title":"X","amount":1}"#,
                token: token)
            try await world.call(
                "POST", "/v1/invoices/\(foreign.text("id") ?? "")/finalize", token: token)
            try await world.daysCome(.overdue, ["2027-01-21"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { try await world.workOff() } }
                try await group.waitForAll()
            }
            try await world.workOff()
            let told = try await world.toldOverdue()
            #expect(Set(told) == due && told.count == due.count)
            #expect(try await world.violations() == [])
        }
    }
}
