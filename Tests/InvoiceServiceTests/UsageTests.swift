import EventContracts
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Usage of subscriptions", .timeLimit(.minutes(10))) struct UsageTests {
    private static func metered(_ world: InvoiceWorld) async throws -> (id: String, customer: CustomerID) {
        let customer = try await world.customer()
        let calls = try await world.priceID(#""model":"per_unit","unit_amount":1,"meter":"calls""#)
        let made = try await world.subscribe(customer, #"{"price_id":"\#(calls)"}"#)
        return (try #require(made.text("id")), customer)
    }

    private static func quantity(_ world: InvoiceWorld, _ id: String) async throws -> String? {
        try await world.call("GET", "/v1/subscriptions/\(id)/usage")["meters"]?.elements.first?["quantity"]?
            .numberText
    }

    @Test("a thousand events sent by many at the same time, in every order and again, count once each")
    func concurrent() async throws {
        try await InvoiceWorld.with { world in
            let (id, _) = try await Self.metered(world)
            let events = (0..<1_000).map {
                #"{"id":"event-\#($0)","subscription_id":"\#(id)","meter":"calls","quantity":"0.5"}"#
            }
            let accepted = try await withThrowingTaskGroup(of: Int64.self) { group in
                for turn in 0..<6 {
                    group.addTask {
                        let order = turn.isMultiple(of: 2) ? events : events.reversed()
                        let answer = try await world.call(
                            "POST", "/v1/usage_events", #"{"events":[\#(order.joined(separator: ","))]}"#)
                        #expect(answer.status == 200)
                        let count = answer["accepted"]?.int64 ?? 0
                        #expect(count + (answer["duplicates"]?.int64 ?? 0) == 1_000)
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(accepted == 1_000)
            #expect(try await Self.quantity(world, id) == "500")
            // The same id with another quantity is the same event.
            #expect(try await world.use(id, "calls", "77", id: "event-5") == 0)
            #expect(try await Self.quantity(world, id) == "500")
        }
    }

    @Test(
        "usage that comes while the invoice is made is in this invoice or in the next, never in both or neither"
    )
    func whileInvoicing() async throws {
        try await InvoiceWorld.with { world in
            let (id, _) = try await Self.metered(world)
            let timer = try #require(try await world.timer(of: id))
            let end = try #require(timer.rule.at)
            world.clock.set(end)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await world.use(id, "calls", "1", id: "e\(number)", at: end - .seconds(1))
                    }
                }
                group.addTask { try await world.deliver([InvoiceWorld.due(timer)]) }
                try await group.waitForAll()
            }
            try await world.renew(id)
            let totals = try await world.invoices(of: id).compactMap { $0["total"]?.int64 }
            #expect(totals.reduce(0, +) == 40)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a customer stands for the only subscription with the meter, and for none of several")
    func customers() async throws {
        try await InvoiceWorld.with { world in
            let (id, customer) = try await Self.metered(world)
            let body = #"{"id":"1","customer_id":"\#(customer)","meter":"calls","quantity":4}"#
            #expect(try await world.call("POST", "/v1/usage_events", body)["accepted"]?.int64 == 1)
            #expect(try await Self.quantity(world, id) == "4")
            let price = try #require(
                try await world.subscription(id)["items"]?.elements.first?["price_id"]?.string)
            try await world.subscribe(customer, #"{"price_id":"\#(price)"}"#)
            let refused = try await world.call("POST", "/v1/usage_events", body)
            #expect(refused.status == 422 && refused.fields == ["subscription_id"])
        }
    }

    @Test("a batch with one wrong event is refused whole, naming it")
    func wrong() async throws {
        try await InvoiceWorld.with { world in
            let (id, _) = try await Self.metered(world)
            let good = #"{"id":"good","subscription_id":"\#(id)","meter":"calls"}"#
            func refused(_ event: String) async throws -> [String] {
                let answer = try await world.call(
                    "POST", "/v1/usage_events", #"{"events":[\#(good),\#(event)]}"#)
                #expect(answer.status == 422)
                return answer.fields
            }
            let start = #"{"id":"bad","subscription_id":"\#(id)""#
            #expect(
                try await refused("{}") == ["events[1].id", "events[1].meter", "events[1].subscription_id"])
            #expect(try await refused(#"\#(start),"meter":"other"}"#) == ["events[1].subscription_id"])
            #expect(try await refused(#"\#(start),"meter":"calls","quantity":-1}"#) == ["events[1].quantity"])
            #expect(
                try await refused(#"\#(start),"meter":"calls","timestamp":"2027-01-15T08:06:00Z"}"#)
                    == ["events[1].timestamp"])
            #expect(
                try await refused(#"\#(start),"meter":"calls","timestamp":"today"}"#)
                    == ["events[1].timestamp"])
            let many = Array(repeating: good, count: 1_001).joined(separator: ",")
            let tooMany = try await world.call("POST", "/v1/usage_events", #"{"events":[\#(many)]}"#)
            #expect(tooMany.status == 422 && tooMany.fields == ["events"])
            #expect(try await Self.quantity(world, id) == "0")
            try await world.call("POST", "/v1/subscriptions/\(id)/cancel", #"{"at":"now"}"#)
            let ended = try await world.call("POST", "/v1/usage_events", good)
            #expect(ended.status == 422 && ended.fields == ["subscription_id"])
        }
    }
}
