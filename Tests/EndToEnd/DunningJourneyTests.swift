import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Invoices that are not paid", .timeLimit(.minutes(10)))
    struct DunningJourneyTests {
        @Test("the client is reminded, the invoice becomes overdue once, and after the payment it is quiet")
        func unpaid() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            try await eventually("the daily timers") {
                try await shop.system.query(
                    "SELECT count(*) FROM invoice.organizations WHERE timed_zone IS NULL"
                ).contains("0")
            }
            try await shop.system.advance(by: .seconds(12 * 86_400))
            try await shop.wait(forMail: "Reminder: invoice", 1)
            #expect(try await shop.overdueEvents(of: id) == 0)

            try await shop.system.advance(by: .seconds(4 * 86_400))
            try await eventually("the stamp of \(id)") {
                try await shop.invoice(id)["overdue_at"] != nil
            }
            try await shop.wait(forMail: "Reminder: invoice", 2)
            try await shop.system.advance(by: .seconds(6 * 86_400))
            try await shop.wait(forMail: "Overdue: invoice", 1)
            try await eventually("the event in the feed") {
                try await shop.overdueEvents(of: id) == 1
            }

            try await shop.pay(token).require(200)
            try await shop.waitUntilPaid(id)
            try await shop.system.advance(by: .seconds(10 * 86_400))
            try await eventually("the work of every day") {
                try await shop.system.query(
                    "SELECT count(*) FROM invoice.daily_timers WHERE done < come"
                ).contains("0")
            }
            #expect(try await shop.overdueEvents(of: id) == 1)
            #expect(try await shop.mails("Reminder: invoice") == 2)
            #expect(try await shop.mails("Overdue: invoice") == 1)
            let trail = try await shop.sender().get("/v1/invoices/\(id)/events").json.elements
            #expect(trail.count { $0["type"]?.string == "reminded" } == 3)
            #expect(trail.count { $0["type"]?.string == "overdue" } == 1)
        }
    }
}

extension Northwind {
    fileprivate func mails(_ subject: String) async throws -> Int {
        try await system.mail.mails(to: clientMail).count { $0.subject.contains(subject) }
    }

    fileprivate func wait(forMail subject: String, _ count: Int) async throws {
        try await eventually("\(count) mails: \(subject)") {
            try await mails(subject) == count
        }
    }

    /// How often the feed tells that an invoice is overdue.
    fileprivate func overdueEvents(of id: String) async throws -> Int {
        let events = try await sender().get("/v1/events?type=invoice.overdue.v1&limit=200").require(200)
        return events.json.elements.count { $0["subject"]?.string == id }
    }
}
