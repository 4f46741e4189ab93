import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import Testing

@testable import InvoiceService

/// Series of invoices, and the scheduler that says when their days have come.
extension InvoiceWorld {
    /// A body that asks for a series; what is given comes on top of the usual.
    func seriesBody(_ customer: CustomerID, _ more: String = "", lines: String? = nil) -> String {
        let lines = lines ?? #"[{"description":"Retainer","amount":"100.00"}]"#
        let terms = more.isEmpty ? #""unit":"month","start_date":"2027-01-31","due_after_days":14"# : more
        return
            #"{\#(terms),"invoice":{"customer_id":"\#(customer)","title":"Monthly","line_items":\#(lines)}}"#
    }

    /// A series, and its id.
    func series(
        _ customer: CustomerID, _ more: String = "", lines: String? = nil
    ) async throws -> RecurringInvoiceID {
        let answer = try await call(
            "POST", "/v1/recurring_invoices", seriesBody(customer, more, lines: lines))
        #expect(answer.status == 201, "\(String(decoding: answer.response.body, as: UTF8.self))")
        return try #require(RecurringInvoiceID(answer.text("id") ?? ""))
    }

    /// The scheduler says that days of a series have come.
    func daysCome(
        _ dates: [String], of id: RecurringInvoiceID, generation: Int64? = nil
    ) async throws {
        let current = try await timers(of: id).last?.generation
        let generation = try #require(generation ?? current)
        try await deliver(
            dates.map { date in
                ScheduleDue(
                    scheduleID: ScheduleID(id.raw), generation: generation, kind: "recurring_invoice",
                    date: try #require(CivilDate(date)))
            })
    }

    /// What was asked of the scheduler for a series, oldest first; no rule for a cancellation.
    func timers(
        of id: RecurringInvoiceID
    ) async throws -> [(type: String, generation: Int64, rule: ScheduleRule?)] {
        try await published().filter { $0.subject == ScheduleID(id.raw).description }.map { event in
            if event.type == ScheduleCancelled.descriptor.type {
                let cancelled = try JSON.decode(ScheduleCancelled.self, from: event.data)
                return (event.type, cancelled.generation, nil)
            }
            let request = try JSON.decode(ScheduleRequested.self, from: event.data).schedule
            #expect(request.kind == "recurring_invoice" && request.catchUp == .all)
            return (event.type, request.generation, request.rule)
        }
    }

    /// The invoices of a series in the order of their days.
    func invoices(of id: RecurringInvoiceID) async throws -> [JSONNode] {
        let answer = try await call("GET", "/v1/invoices?recurring_invoice_id=\(id)&limit=200")
        #expect(answer.status == 200)
        return answer.json.elements.sorted { left, right in
            (left["occurrence_date"]?.string ?? "") < (right["occurrence_date"]?.string ?? "")
        }
    }

    /// The days for which a series has made invoices, in their order.
    func daysMade(of id: RecurringInvoiceID) async throws -> [String] {
        try await invoices(of: id).compactMap { $0["occurrence_date"]?.string }
    }
}
