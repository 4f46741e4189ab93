import EventContracts
import Primitives
import Testing

@testable import InvoiceService

extension InvoiceWorld {
    /// A monthly price in dollars, and its id.
    func priceID(_ members: String, plan: String = "Team", interval: String = "month") async throws -> String
    {
        try #require(
            try await price(try await self.plan(plan), members, interval: interval).text("id"))
    }

    /// A price by the seat at 10.00, and its id.
    func seats() async throws -> String { try await priceID(#""model":"per_unit","unit_amount":10"#) }

    /// Subscribes a customer; `items` are JSON objects, `members` more of the body.
    @discardableResult
    func subscribe(
        _ customer: CustomerID, _ items: String, _ members: String = ""
    ) async throws -> Answer {
        let answer = try await call(
            "POST", "/v1/subscriptions",
            #"{"customer_id":"\#(customer)","items":[\#(items)]\#(members.isEmpty ? "" : "," + members)}"#)
        #expect(answer.status == 201)
        return answer
    }

    /// The timer of a subscription as it was asked for last; nil once it is cancelled.
    func timer(of subscription: String) async throws -> ScheduleRequest? {
        let id = ScheduleID(try #require(SubscriptionID(subscription)).raw).description
        guard let last = try await published().last(where: { $0.subject == id }) else { return nil }
        switch last.type {
        case ScheduleRequested.descriptor.type:
            return try JSON.decode(ScheduleRequested.self, from: last.data).schedule
        case ScheduleChanged.descriptor.type:
            return try JSON.decode(ScheduleChanged.self, from: last.data).schedule
        default: return nil
        }
    }

    /// What the scheduler says when a timer goes off.
    static func due(_ timer: ScheduleRequest) -> ScheduleDue {
        ScheduleDue(
            scheduleID: timer.scheduleID, generation: timer.generation, kind: timer.kind,
            date: timer.zone.date(at: timer.rule.at ?? Instant(seconds: 0)), payload: timer.payload)
    }

    /// Moves the clock to the end of the period and lets the timer go off.
    @discardableResult
    func renew(_ subscription: String) async throws -> ScheduleDue {
        let timer = try #require(try await timer(of: subscription))
        clock.set(try #require(timer.rule.at))
        let due = Self.due(timer)
        try await deliver([due])
        return due
    }

    /// The invoices of a subscription, oldest first, with their lines.
    func invoices(of subscription: String) async throws -> [Answer] {
        let ids = try await call("GET", "/v1/invoices?subscription_id=\(subscription)").json.elements
            .compactMap { $0["id"]?.string }
        var invoices: [Answer] = []
        for id in ids.reversed() { invoices.append(try await call("GET", "/v1/invoices/\(id)")) }
        return invoices
    }

    func subscription(_ id: String) async throws -> Answer {
        try await call("GET", "/v1/subscriptions/\(id)")
    }

    /// Reports usage; how many events were not there before.
    @discardableResult
    func use(
        _ subscription: String, _ meter: String, _ quantity: String, id: String = RawID.random().uuidString,
        at time: Instant? = nil, key: String? = nil
    ) async throws -> Int64? {
        let members = [
            time.map { #","timestamp":"\#($0.rfc3339)""# }, key.map { #","unique_key":"\#($0)""# },
        ].compactMap { $0 }.joined()
        let answer = try await call(
            "POST", "/v1/usage_events",
            #"{"id":"\#(id)","subscription_id":"\#(subscription)","meter":"\#(meter)","quantity":\#(quantity)\#(members)}"#
        )
        #expect(answer.status == 200)
        return answer["accepted"]?.int64
    }
}

extension InvoiceWorld.Answer {
    /// What the lines come to.
    var lineTotals: [String] { self["line_items"]?.elements.compactMap { $0["total"]?.numberText } ?? [] }

    /// The codes of the wrong fields.
    var codes: [String] { self["errors"]?.elements.compactMap { $0["code"]?.string } ?? [] }

    /// The names of the wrong fields.
    var fields: [String] { self["errors"]?.elements.compactMap { $0["field"]?.string } ?? [] }
}
