import EventContracts
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("A series is changed", .timeLimit(.minutes(10))) struct RecurringChangeTests {
    @Test("a pause makes nothing; afterwards what was missed is skipped, or made up where that is asked for")
    func pause() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            for (missed, next) in [("", "2027-04-30"), (#"{"missed":"make_up"}"#, "2027-02-28")] {
                let now = world.clock.now()
                let id = try await world.series(customer)
                let path = "/v1/recurring_invoices/\(id)"
                try await world.daysCome(["2027-01-31"], of: id)
                #expect(try await world.call("POST", path + "/pause").text("status") == "paused")
                #expect(try await world.call("POST", path + "/pause").text("code") == "series_paused")
                #expect(try await world.timers(of: id).last?.type == "schedule.cancelled.v1")
                try await world.daysCome(["2027-02-28"], of: id, generation: 1)
                try await world.daysCome(["2027-02-28"], of: id)
                #expect(try await world.daysMade(of: id) == ["2027-01-31"])
                world.clock.advance(by: .seconds(80 * 86_400))
                let resumed = try await world.call("POST", path + "/resume", missed)
                #expect(resumed.text("status") == "active" && resumed.text("next_date") == next)
                let timer = try #require(try await world.timers(of: id).last)
                #expect(timer.rule?.date?.description == next && timer.rule?.anchorDay == 31)
                #expect(timer.generation == 3)
                #expect(try await world.call("POST", path + "/resume").text("code") == "series_active")
                world.clock.set(now)
            }
        }
    }

    @Test("a day that is skipped has no invoice, the next has")
    func skip() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(
                try await world.customer(),
                #""unit":"month","start_date":"2027-01-31","count":5,"due_after_days":0"#)
            let path = "/v1/recurring_invoices/\(id)"
            let skipped = try await world.call("POST", path + "/skip")
            #expect(skipped.text("next_date") == "2027-02-28")
            let named = try await world.call("POST", path + "/skip", #"{"date":"2027-03-31"}"#)
            #expect(
                named["skipped_dates"]?.elements.compactMap(\.string) == ["2027-01-31", "2027-03-31"])
            let again = try await world.call("POST", path + "/skip", #"{"date":"2027-03-31"}"#)
            #expect(again.status == 409 && again.text("code") == "day_skipped")
            #expect(try await world.call("POST", path + "/skip", #"{"date":"2027-03-30"}"#).status == 422)
            #expect(try await world.timers(of: id).count == 1)
            try await world.daysCome(["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"], of: id)
            #expect(try await world.daysMade(of: id) == ["2027-02-28", "2027-04-30"])
            let series = try await world.call("GET", path)
            #expect(series["invoice_count"]?.int64 == 2 && series.text("next_date") == "2027-05-31")
            #expect(series["skipped_dates"]?.elements.isEmpty == true)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a change holds from the next invoice on, also for a day whose timer is on its way")
    func update() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let id = try await world.series(customer)
            let path = "/v1/recurring_invoices/\(id)"
            try await world.daysCome(["2027-01-31"], of: id)
            let content = #"{"customer_id":"\#(customer)","line_items":[{"description":"New","amount":250}]}"#
            let changed = try await world.call(
                "PATCH", path, #"{"name":"Better","due_after_days":30,"invoice":\#(content)}"#)
            #expect(changed.status == 200 && changed.text("name") == "Better")
            #expect(changed.text("next_date") == "2027-02-28")
            // The timer of before the change is dropped, and the new one brings the day again.
            try await world.daysCome(["2027-02-28"], of: id, generation: 1)
            #expect(try await world.daysMade(of: id) == ["2027-01-31"])
            let timer = try #require(try await world.timers(of: id).last)
            #expect(timer.type == "schedule.changed.v1" && timer.generation == 2)
            #expect(timer.rule?.date?.description == "2027-02-28" && timer.rule?.anchorDay == 31)
            try await world.daysCome(["2027-02-28"], of: id)
            let totals = try await world.invoices(of: id).compactMap { $0["total"]?.numberText }
            #expect(totals == ["100", "250"])
        }
    }

    @Test("another rhythm begins with the next day, or with the one that is named")
    func rhythm() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(
                try await world.customer(),
                #""unit":"month","start_date":"2027-01-31","count":6,"due_after_days":0"#)
            let path = "/v1/recurring_invoices/\(id)"
            try await world.daysCome(["2027-01-31"], of: id)
            let weekly = try await world.call("PATCH", path, #"{"unit":"week","every":2}"#)
            #expect(weekly.text("next_date") == "2027-02-28" && weekly["count"]?.int64 == 5)
            let upcoming = try await world.call("GET", path + "/upcoming")
            #expect(
                upcoming.json.elements.compactMap { $0["date"]?.string } == [
                    "2027-02-28", "2027-03-14", "2027-03-28", "2027-04-11", "2027-04-25",
                ])
            let early = try await world.call("PATCH", path, #"{"start_date":"2027-01-31"}"#)
            #expect(early.status == 422)
            let moved = try await world.call(
                "PATCH", path, #"{"start_date":"2027-02-01","unit":"month","count":null}"#)
            #expect(moved.text("next_date") == "2027-02-01" && moved["count"] == nil)
            #expect(moved["anchor_day"]?.int64 == 1)
            #expect(try await world.call("POST", path + "/pause").status == 200)
            let paused = try await world.call("PATCH", path, #"{"time":"12:00"}"#)
            #expect(paused.text("status") == "paused" && paused.text("time") == "12:00")
            #expect(try await world.timers(of: id).last?.type == "schedule.cancelled.v1")
        }
    }

    @Test("a cancelled series makes nothing any more and stays as it is")
    func cancel() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(try await world.customer())
            let path = "/v1/recurring_invoices/\(id)"
            #expect(try await world.call("POST", path + "/cancel").text("status") == "cancelled")
            #expect(try await world.timers(of: id).last?.type == "schedule.cancelled.v1")
            try await world.daysCome(["2027-01-31"], of: id)
            try await world.daysCome(["2027-01-31"], of: id, generation: 1)
            #expect(try await world.daysMade(of: id).isEmpty)
            for change in ["pause", "resume", "skip", "cancel"] {
                let refused = try await world.call("POST", path + "/\(change)")
                #expect(refused.status == 409 && refused.text("code") == "series_cancelled")
            }
            #expect(try await world.call("PATCH", path, #"{"name":"A"}"#).status == 409)
            #expect(try await world.call("GET", path + "/upcoming").json.elements.isEmpty)
        }
    }
}
