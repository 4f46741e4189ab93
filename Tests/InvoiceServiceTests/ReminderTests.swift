import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Reminders are sent once, to whom they concern", .timeLimit(.minutes(10)))
struct ReminderTests {
    @Test("by the usual rules: three days before, on the day, and seven and fourteen after it")
    func usual() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.sent(try await world.customer(), due: "2027-01-20")
            for day in ["17", "18", "20", "21", "27"] {
                world.clock.advance(by: .seconds(86_400))
                for _ in 0..<2 { try await world.dayPasses(.reminders, "2027-01-\(day)") }
            }
            try await world.dayPasses(.reminders, "2027-02-03")
            try await world.dayPasses(.reminders, "2027-02-10")
            let mails = try await world.reminders()
            #expect(mails.map(\.kind) == [.reminder, .reminder, .overdue, .overdue])
            #expect(mails.allSatisfy { $0.invoiceID == id && $0.amountDueMinor == 1_000 })
            #expect(mails.allSatisfy { $0.to == "client@example.com" && !$0.sealedLink.isEmpty })
            #expect(Set(mails.map(\.mailID)).count == 4)
            let types = try await world.types(about: id).filter { $0 == "invoice.reminded.v1" }
            #expect(types.count == 4)
            let trail = try await world.call("GET", "/v1/invoices/\(id)/events").json.elements
            #expect(trail.count { $0["type"]?.string == "reminded" } == 4)
            try await world.deliver(
                mails.map {
                    MailDelivered(
                        mailID: $0.mailID, kind: $0.kind.rawValue, invoiceID: id,
                        deliveredAt: world.clock.now())
                })
            #expect(try await world.call("GET", "/v1/invoices/\(id)")["email_sent_count"]?.int64 == 4)
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice in parts is reminded of by the part that is next")
    func parts() async throws {
        try await InvoiceWorld.with { world in
            let parts = """
                ,"instalments":[{"due_date":"2027-01-20","amount":4},{"due_date":"2027-02-20","amount":6}]
                """
            let id = try await world.issued(try await world.customer(), due: "2027-02-20", parts)
            #expect(try await world.call("POST", "/v1/invoices/\(id)/send").status == 200)
            func pass(_ day: String) async throws {
                world.clock.set(try #require(Instant(rfc3339: "\(day)T10:00:00Z")))
                try await world.dayPasses(.reminders, day)
            }
            try await pass("2027-01-17")
            try await world.pay(400, id)
            for day in ["2027-01-20", "2027-01-27", "2027-02-17"] { try await pass(day) }
            let mails = try await world.reminders()
            #expect(mails.map(\.kind) == [.reminder, .reminder])
            #expect(mails.map(\.instalment?.no) == [1, 2])
            #expect(mails.map(\.instalment?.amountDueMinor) == [400, 600])
            #expect(try await world.violations() == [])
        }
    }

    @Test("after days of absence there is one mail for each invoice, and none for what is long over")
    func absence() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            var recent: Set<InvoiceID> = []
            for day in [26, 26, 26, 26, 28, 29] {
                recent.insert(try await world.sent(customer, due: "2027-01-\(day)"))
            }
            let old = try await world.sent(customer, due: "2027-01-18")
            _ = try await world.timer(.reminders)
            world.clock.advance(by: .seconds(15 * 86_400))
            try await world.daysCome(.reminders, ["2027-01-30", "2027-01-16", "2027-01-29"])
            try await world.workOff()
            let mails = try await world.reminders()
            #expect(Set(mails.map(\.invoiceID)) == recent.union([old]) && mails.count == 7)
            // Its due date is nearer than a week, but the rule of the seventh day counts for the old one alone.
            #expect(mails.first { $0.invoiceID == old }?.kind == .overdue)
            try await world.dayPasses(.reminders, "2027-01-30")
            #expect(try await world.reminders().count == 7)
        }
    }

    @Test("nobody is reminded of what is paid, voided, given up, on its way, a draft, or was never sent")
    func spared() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            func sent() async throws -> InvoiceID { try await world.sent(customer, due: "2027-01-20") }
            let (paid, voided, lost) = (try await sent(), try await sent(), try await sent())
            let (underWay, partly) = (try await sent(), try await sent())
            let unsent = try await world.issued(customer, due: "2027-01-20")
            try await world.daysCome(.reminders, ["2027-01-20"])
            try await world.pay(1_000, paid)
            try await world.call("POST", "/v1/invoices/\(voided)/void")
            try await world.call("POST", "/v1/invoices/\(lost)/mark_uncollectible")
            let processing = PaymentProcessing(
                payment: try world.payment(1_000, for: [underWay]), isUnknown: false)
            try await world.deliver([processing])
            try await world.pay(400, partly)
            try await world.workOff()
            let mails = try await world.reminders()
            #expect(mails.map(\.invoiceID) == [partly] && mails.first?.amountDueMinor == 600)
            for (id, code) in [
                (paid, "nothing_open"), (voided, "invoice_voided"), (lost, "invoice_uncollectible"),
                (underWay, "payment_under_way"), (partly, "reminded_today"),
            ] {
                // The day of the reminder is the day that came, whatever the clock says.
                world.clock.set(try #require(Instant(rfc3339: "2027-01-20T08:00:00Z")))
                let refused = try await world.call("POST", "/v1/invoices/\(id)/remind")
                #expect(refused.text("code") == code)
            }
            #expect(try await world.call("POST", "/v1/invoices/\(unsent)/remind").status == 200)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a sender can leave out an invoice or a customer, and say so again at any time")
    func exempt() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let quiet = try await world.customer(email: "quiet@example.com")
            let off = try await world.call("PATCH", "/v1/customers/\(quiet)", #"{"reminders":false}"#)
            #expect(off["reminders"]?.bool == false)
            _ = try await world.sent(quiet, due: "2027-01-20")
            let never = try await world.sent(customer, due: "2027-01-20", #","reminders":false"#)
            #expect(try await world.call("GET", "/v1/invoices/\(never)")["reminders"]?.bool == false)
            let later = try await world.sent(customer, due: "2027-01-20")
            let path = "/v1/invoices/\(later)/reminders"
            #expect(try await world.call("PUT", path, #"{"enabled":false}"#)["reminders"]?.bool == false)
            try await world.dayPasses(.reminders, "2027-01-20")
            #expect(try await world.reminders().isEmpty)
            #expect(try await world.call("PUT", path, #"{"enabled":true}"#)["reminders"]?.bool == true)
            try await world.dayPasses(.reminders, "2027-01-27")
            #expect(try await world.reminders().map(\.invoiceID) == [later])
            let entries = try await world.call("GET", "/v1/invoices/\(later)/events").json.elements
            #expect(entries.count { $0["type"]?.string == "updated" } == 2)
            #expect(try await world.call("PUT", path, "{}").fields == ["enabled"])
            let foreign = world.token(of: OrganizationID(.v7()))
            #expect(try await world.call("PUT", path, #"{"enabled":true}"#, token: foreign).status == 404)
            #expect(try await world.violations() == [])
        }
    }

    @Test("what will be collected by itself is announced instead, until its due date is over")
    func announced() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: customer)
            ])
            try await world.deliver([
                MandateChanged(
                    mandateID: MandateID(.v7()), organizationID: world.organizationID, accountID: account,
                    status: .active, chargeAfterDays: 0, coversFrom: world.clock.now())
            ])
            let id = try await world.sent(customer, due: "2027-01-20")
            for day in ["17", "20", "27"] { try await world.dayPasses(.reminders, "2027-01-\(day)") }
            let mails = try await world.reminders()
            #expect(mails.map(\.invoiceID) == [id, id, id])
            #expect(mails.map(\.kind) == [.announcement, .announcement, .overdue])
        }
    }

    @Test(
        "who issues after the day of a rule is not reminded by it, and neither is who sends without an address"
    )
    func lateOrWithoutAddress() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            _ = try await world.timer(.reminders)
            _ = try await world.sent(customer, due: "2027-01-18")
            let silent = try await world.sent(customer, due: "2027-01-22")
            _ = try await world.pool.transaction { tx in
                try tx.execute("UPDATE customers SET email = NULL WHERE id = $1", [customer])
            }
            // The rule of three days before fell on the day of the issue.
            try await world.dayPasses(.reminders, "2027-01-15")
            try await world.dayPasses(.reminders, "2027-01-22")
            #expect(try await world.reminders().isEmpty)
            let answer = try await world.call("POST", "/v1/invoices/\(silent)/remind")
            #expect(answer.text("code") == "customer_without_email")
            #expect(try await world.types(about: silent).last == "invoice.sent.v1")
        }
    }

    @Test("a person reminds once a day, and the rule of that day then has nothing to add")
    func byHand() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let contact = #"{"contacts":[{"name":"Bo","email":"bo@example.com","receives_invoices":true}]}"#
            try await world.call("PATCH", "/v1/customers/\(customer)", contact)
            let id = try await world.sent(customer, due: "2027-01-15")
            let path = "/v1/invoices/\(id)/remind"
            let token = world.token(of: world.organizationID)
            for _ in 0..<2 {
                let answer = try await world.call("POST", path, token: token, key: "once")
                #expect(answer.status == 200 && answer.text("id") == id.description)
            }
            let again = try await world.call("POST", path)
            #expect(again.status == 429 && again.text("code") == "reminded_today")
            // In Berlin it is nine; the day ends in fifteen hours.
            #expect(again.response.headers["Retry-After"] == "54000")
            #expect(try await world.reminders().map(\.to) == ["client@example.com", "bo@example.com"])
            try await world.dayPasses(.reminders, "2027-01-15")
            #expect(try await world.reminders().count == 2)
            world.clock.advance(by: .seconds(15 * 3_600))
            #expect(try await world.call("POST", path).status == 200)
            #expect(try await world.reminders().last?.kind == .overdue)
            let foreign = world.token(of: OrganizationID(.v7()))
            #expect(try await world.call("POST", path, token: foreign).status == 503)
            let draft = try await world.draft(customer)
            let refused = try await world.call("POST", "/v1/invoices/\(draft)/remind")
            #expect(refused.text("code") == "invoice_is_draft")
            let actors = try await world.call("GET", "/v1/invoices/\(id)/events").json.elements
                .filter { $0["type"]?.string == "reminded" }.compactMap { $0["actor"]?["type"]?.string }
            #expect(actors == ["account", "account"])
        }
    }

    @Test("the rules are the organization's: days, hour, on or off")
    func rules() async throws {
        try await InvoiceWorld.with { world in
            let path = "/v1/reminder_rules"
            let usual = try await world.call("GET", path)
            #expect(
                String(decoding: usual.response.body, as: UTF8.self)
                    == #"{"enabled":true,"days":[-3,0,7,14],"time":"09:00"}"#)
            #expect(try await world.timer(.reminders).generation == 1)
            let own = try await world.call("PUT", path, #"{"days":[1,-1,1],"time":"18:30"}"#)
            #expect(
                String(decoding: own.response.body, as: UTF8.self)
                    == #"{"enabled":true,"days":[-1,1],"time":"18:30"}"#)
            let timer = try await world.timer(.reminders)
            #expect(timer.generation == 2 && timer.rule.time == CivilTime("18:30"))
            #expect(try await world.timer(.overdue).generation == 1)
            try await world.call("PUT", path, #"{"days":[1],"time":"18:30"}"#)
            #expect(try await world.timer(.reminders).generation == 2)
            let id = try await world.sent(try await world.customer(), due: "2027-01-20")
            try await world.dayPasses(.reminders, "2027-01-20")
            #expect(try await world.reminders().isEmpty)
            try await world.call("PUT", path, #"{"days":[1],"enabled":false,"time":"18:30"}"#)
            try await world.dayPasses(.reminders, "2027-01-21")
            #expect(try await world.reminders().isEmpty)
            try await world.call("PUT", path, #"{"days":[2],"time":"18:30"}"#)
            try await world.dayPasses(.reminders, "2027-01-22")
            #expect(try await world.reminders().map(\.invoiceID) == [id])
            // In another zone at the same hour of the day.
            try await world.organizationExists(zone: "America/Santiago", sequence: 2)
            #expect(try await world.timer(.reminders).rule.time == CivilTime("18:30"))
        }
    }

    @Test(
        "rules that make no sense are refused where they stand",
        arguments: [
            ("{}", "days"), (#"{"days":3}"#, "days"), (#"{"days":[-61]}"#, "days[0]"),
            (#"{"days":[0,"1"]}"#, "days[1]"), (#"{"days":[0],"time":"9"}"#, "time"),
            (#"{"days":[0],"enabled":1}"#, "enabled"), (#"{"days":[0,1,2,3,4,5,6,7,8,9,10]}"#, "days"),
        ])
    func refused(body: String, field: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("PUT", "/v1/reminder_rules", body)
            #expect(answer.status == 422 && answer.fields == [field])
            #expect(try await world.call("GET", "/v1/reminder_rules")["days"]?.elements.count == 4)
        }
    }

    @Test("several processes at once send one mail for each invoice")
    func race() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            var due: Set<InvoiceID> = []
            for _ in 0..<10 { due.insert(try await world.sent(customer, due: "2027-01-20")) }
            try await world.daysCome(.reminders, ["2027-01-20"])
            try await world.daysCome(.overdue, ["2027-01-21"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { try await world.workOff() } }
                try await group.waitForAll()
            }
            try await world.workOff()
            let mails = try await world.reminders()
            #expect(Set(mails.map(\.invoiceID)) == due && mails.count == due.count)
            #expect(try await world.violations() == [])
        }
    }
}

extension InvoiceWorld {
    /// An issued invoice that was sent to its client.
    func sent(_ customer: CustomerID, due date: String, _ members: String = "") async throws -> InvoiceID {
        let id = try await issued(customer, due: date, members)
        #expect(try await call("POST", "/v1/invoices/\(id)/send").status == 200)
        return id
    }

    /// The mails that remind of something, as they were asked for.
    func reminders() async throws -> [InvoiceMailRequested] {
        try await published().filter { $0.type == InvoiceMailRequested.descriptor.type }
            .map { try JSON.decode(InvoiceMailRequested.self, from: $0.data) }
            .filter { [.reminder, .overdue, .announcement].contains($0.kind) }
    }
}
