import EventContracts
import Postgres
import Primitives
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct InstalmentTests {
    /// A draft over 119.99 with instalments.
    private func draft(
        _ instalments: String, _ members: String = "", in world: InvoiceWorld
    ) async throws -> InvoiceWorld.Answer {
        let customer = try await world.customer()
        return try await world.call(
            "POST", "/v1/invoices",
            """
            {"customer_id":"\(customer)","title":"Consulting","instalments":\(instalments)\(members),"line_items":[
            {"description":"API usage","amount":50,"quantity":2},{"description":"Support","amount":"19.99"}]}
            """)
    }

    private func column(_ name: String, of answer: InvoiceWorld.Answer) -> [String] {
        (answer["instalments"]?.elements ?? []).map { $0[name]?.numberText ?? $0[name]?.string ?? "-" }
    }

    private func fieldErrors(_ answer: InvoiceWorld.Answer) -> [String] {
        (answer["errors"]?.elements ?? []).map {
            "\($0["field"]?.string ?? "") \($0["code"]?.string ?? "")"
        }
    }

    private static let shares = """
        [{"due_date":"2027-02-01","percent":50},{"due_date":"2027-03-01","percent":25},{"due_date":"2027-04-01","percent":25}]
        """
    private static let amounts = """
        [{"due_date":"2027-02-01","amount":"100.00"},{"due_date":"2027-03-01","amount":19.99}]
        """

    @Test("shares come to the total, the invoice is due with the last part, and money fills them in order")
    func life() async throws {
        try await InvoiceWorld.with { world in
            let made = try await draft(Self.shares, in: world)
            #expect(made.status == 201)
            #expect(made.text("due_date") == "2027-04-01")
            #expect(column("amount", of: made) == ["59.99", "30", "30"])
            #expect(made["allow_partial_payments"]?.bool == true)
            let id = try #require(InvoiceID(made.text("id") ?? ""))
            #expect(try await world.call("POST", "/v1/invoices/\(id)/finalize").status == 200)
            try await world.pay(7_000, id)
            let read = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(column("amount_paid", of: read) == ["59.99", "10.01", "0"])
            #expect(column("status", of: read) == ["paid", "partially_paid", "open"])
            #expect(read["next_instalment"]?["no"]?.int64 == 2)
            #expect(read["next_instalment"]?["amount_due"]?.numberText == "19.99")
            let listed = try await world.call("GET", "/v1/invoices")
            #expect(listed.json.elements.first?["instalments"]?.elements.count == 3)
            let note = try await world.call(
                "POST", "/v1/invoices/\(id)/credit_notes", #"{"reason":"Returned","amount":40}"#)
            #expect(note.status == 201)
            let credited = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(column("amount_credited", of: credited) == ["0", "10", "30"])
            #expect(column("amount_due", of: credited) == ["0", "9.99", "0"])
            world.clock.advance(by: .seconds(86_400 * 60))
            let later = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(column("status", of: later) == ["paid", "overdue", "paid"])
            #expect(try await world.violations() == [])
        }
    }

    @Test("events carry the parts from the first on, as they were fixed")
    func events() async throws {
        try await InvoiceWorld.with { world in
            let made = try await draft(Self.amounts, in: world)
            let id = try #require(InvoiceID(made.text("id") ?? ""))
            try await world.call("POST", "/v1/invoices/\(id)/finalize")
            try await world.pay(1_000, id)
            for event in try await world.published() where event.subject == "\(id)" {
                let snapshot = try JSON.decode(Carrier.self, from: event.data).invoice
                #expect(snapshot.parts?.map(\.amountMinor) == [10_000, 1_999], "\(event.type)")
                #expect(snapshot.parts?.map(\.no) == [1, 2])
                #expect(snapshot.parts?.last?.dueDate == snapshot.dueDate)
                #expect(snapshot.allowsPartialPayments == true)
            }
        }
    }

    private struct Carrier: Codable { let invoice: InvoiceSnapshot }

    @Test("a schedule counts from its own day, or from the day on which the invoice would be due")
    func schedule() async throws {
        try await InvoiceWorld.with { world in
            let own = try await draft(
                #"{"count":3,"every":{"n":1,"unit":"month"},"first_due_date":"2027-01-31","deposit_percent":20}"#,
                in: world)
            #expect(column("amount", of: own) == ["24", "32", "32", "31.99"])
            #expect(column("due_date", of: own).dropFirst() == ["2027-01-31", "2027-02-28", "2027-03-31"])
            #expect(column("due_date", of: own).first == Zone.utc.date(at: world.clock.now()).description)
            let usual = try await draft(
                #"{"count":2,"every":{"n":2,"unit":"week"}}"#, #","due_date":"2027-02-01""#, in: world)
            #expect(column("due_date", of: usual) == ["2027-02-01", "2027-02-15"])
            #expect(usual.text("due_date") == "2027-02-15")
            let none = try await draft(#"{"count":2,"every":{"n":2,"unit":"week"}}"#, in: world)
            #expect(fieldErrors(none) == ["instalments.first_due_date required"])
        }
    }

    @Test(
        "what does not fit is refused at its field",
        arguments: [
            (
                #"[{"due_date":"2027-02-01","amount":100},{"due_date":"2027-03-01","amount":19}]"#,
                "instalments sum_mismatch"
            ),
            (
                #"[{"due_date":"2027-03-01","amount":100},{"due_date":"2027-02-01","amount":19.99}]"#,
                "instalments[1] out_of_range"
            ),
            (#"[{"due_date":"2027-03-01","amount":119.99}]"#, "instalments out_of_range"),
            (
                #"[{"due_date":"2027-03-01","amount":100},{"due_date":"2027-03-01","percent":1}]"#,
                "instalments conflicting"
            ),
            (
                #"[{"due_date":"2027-03-01","percent":60},{"due_date":"2027-03-01","percent":39}]"#,
                "instalments sum_mismatch"
            ),
            (#"[{"amount":100},{"due_date":"2027-03-01"}]"#, "instalments[0].due_date required"),
            (
                #"[{"due_date":"2027-02-01","amount":99.999},{"due_date":"2027-03-01","amount":19.991}]"#,
                "instalments[0].amount too_precise"
            ),
            (
                #"{"count":61,"every":{"unit":"day"},"first_due_date":"2027-03-01"}"#,
                "instalments.count out_of_range"
            ),
            (#"{"count":2,"first_due_date":"2027-03-01"}"#, "instalments.every required"),
            (
                #"{"count":2,"every":{"n":1},"first_due_date":"2027-03-01"}"#,
                "instalments.every.unit required"
            ),
            (
                #"{"count":2,"every":{"unit":"day"},"first_due_date":"2027-03-01","deposit_amount":119.99}"#,
                "instalments out_of_range"
            ),
            (
                #"{"count":2,"every":{"unit":"day"},"first_due_date":"2027-03-01","deposit_amount":1.001}"#,
                "instalments.deposit_amount too_precise"
            ),
            (#""often""#, "instalments wrong_type"),
        ])
    func refusals(instalments: String, error: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await draft(instalments, in: world)
            #expect(answer.status == 422)
            #expect(fieldErrors(answer).first == error)
        }
    }

    @Test("a due date that contradicts the last part is refused")
    func dueDate() async throws {
        try await InvoiceWorld.with { world in
            let wrong = try await draft(Self.amounts, #","due_date":"2027-03-02""#, in: world)
            #expect(fieldErrors(wrong) == ["due_date conflicting"])
            let right = try await draft(Self.amounts, #","due_date":"2027-03-01""#, in: world)
            #expect(right.status == 201)
            let moved = try await world.call(
                "PUT", "/v1/invoices/\(right.text("id") ?? "")", #"{"due_date":"2027-05-01"}"#)
            #expect(fieldErrors(moved) == ["due_date conflicting"])
        }
    }

    @Test("lines that change divide shares anew; amounts that no longer add up are refused")
    func edits() async throws {
        try await InvoiceWorld.with { world in
            let lines = #"{"line_items":[{"description":"Support","amount":"200.02"}]}"#
            let shared = try await draft(Self.shares, in: world)
            let path = "/v1/invoices/\(shared.text("id") ?? "")"
            let changed = try await world.call("PUT", path, lines)
            #expect(column("amount", of: changed) == ["100.01", "50.01", "50"])
            let fixed = try await draft(Self.amounts, in: world)
            let other = "/v1/invoices/\(fixed.text("id") ?? "")"
            #expect(fieldErrors(try await world.call("PUT", other, lines)) == ["instalments sum_mismatch"])
            let none = try await world.call(
                "PUT", other, #"{"instalments":null,"line_items":[{"description":"Support","amount":1}]}"#)
            #expect(none.status == 200)
            #expect(none["instalments"] == nil)
            #expect(none.text("due_date") == "2027-03-01")
            #expect(none["allow_partial_payments"]?.bool == false)
            #expect(
                try await world.pool.transaction { tx in
                    try tx.query("SELECT count(*) FROM invoice_instalments").scalar(as: Int64.self)
                } == 3)
        }
    }

    @Test("a copy has the same parts, as much later as it is")
    func duplicate() async throws {
        try await InvoiceWorld.with { world in
            let made = try await draft(Self.shares, in: world)
            let copy = try await world.call(
                "POST", "/v1/invoices/\(made.text("id") ?? "")/duplicate", #"{"due_date":"2027-04-11"}"#)
            #expect(column("due_date", of: copy) == ["2027-02-11", "2027-03-11", "2027-04-11"])
            #expect(column("amount", of: copy) == ["59.99", "30", "30"])
        }
    }

    @Test("the mail asks for the next part, and the paper changes with what is open of it")
    func sent() async throws {
        try await InvoiceWorld.with { world in
            let made = try await draft(Self.amounts, in: world)
            let id = try #require(InvoiceID(made.text("id") ?? ""))
            try await world.call("POST", "/v1/invoices/\(id)/finalize")
            try await world.pay(10_000, id)
            let before = try await world.call("GET", "/v1/invoices/\(id)", "")
            #expect(before["next_instalment"]?["no"]?.int64 == 2)
            #expect(try await world.call("POST", "/v1/invoices/\(id)/send").status == 200)
            let event = try #require(
                try await world.published().last { $0.type == InvoiceMailRequested.descriptor.type })
            let mail = try JSON.decode(InvoiceMailRequested.self, from: event.data)
            #expect(mail.instalment?.no == 2 && mail.instalment?.count == 2)
            #expect(mail.instalment?.amountDueMinor == 1_999)
            #expect(mail.instalment?.dueDate.description == "2027-03-01")
            #expect(mail.amountDueMinor == 1_999)
        }
    }

    @Test("a preview shows the parts and keeps nothing")
    func preview() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let answer = try await world.call(
                "POST", "/v1/invoices/preview",
                #"{"customer_id":"\#(customer)","title":"Work","amount":"119.99","instalments":\#(Self.amounts)}"#
            )
            #expect(answer.status == 200)
            #expect(column("amount", of: answer) == ["100", "19.99"])
        }
    }

    @Test("every invoice of a series is paid in parts that count from its own due date")
    func series() async throws {
        try await InvoiceWorld.with { world in
            let made = try await draft(
                #"{"count":2,"every":{"n":1,"unit":"month"}}"#,
                #","due_date":"2027-02-01","recurring":{"unit":"month"}"#, in: world)
            #expect(made.status == 201)
            let id = try #require(made.text("recurring_invoice_id"))
            let series = try await world.call("GET", "/v1/recurring_invoices/\(id)")
            let content = try #require(series["invoice"] ?? series["content"])
            #expect(content["instalments"]?["count"]?.int64 == 2)
            let days = try await draft(
                Self.amounts, #","due_date":"2027-03-01","recurring":{"unit":"month"}"#, in: world)
            #expect(fieldErrors(days) == ["instalments conflicting"])
        }
    }

    @Test("an invoice is overdue with the first part that is, once, and not with one that has come")
    func overdue() async throws {
        try await InvoiceWorld.with { world in
            var ids: [InvoiceID] = []
            for _ in 0..<3 {
                let made = try await draft(Self.amounts, in: world)
                let id = try #require(InvoiceID(made.text("id") ?? ""))
                try await world.call("POST", "/v1/invoices/\(id)/finalize")
                ids.append(id)
            }
            try await world.pay(10_000, ids[1])
            try await world.pay(9_999, ids[2])
            try await world.dayPasses(.overdue, "2027-02-01")
            #expect(try await world.toldOverdue() == [])
            try await world.dayPasses(.overdue, "2027-02-02")
            #expect(try await Set(world.toldOverdue()) == Set([ids[0], ids[2]].map(\.description)))
            #expect(try await world.violations() == [])
            try await world.pay(1, ids[2])
            try await world.dayPasses(.overdue, "2027-03-02")
            #expect(try await world.toldOverdue().sorted() == ids.map(\.description).sorted())
            #expect(try await world.violations() == [])
        }
    }

    @Test("a draft that is deleted leaves no parts")
    func deleted() async throws {
        try await InvoiceWorld.with { world in
            let made = try await draft(Self.amounts, in: world)
            #expect(try await world.call("DELETE", "/v1/invoices/\(made.text("id") ?? "")").status == 204)
            #expect(try await world.violations() == [])
        }
    }

    @Test("the day on which something is due next is that of the first part that has not come")
    func nextDueDate() async throws {
        try await InvoiceWorld.with { world in
            let made = try await draft(Self.amounts, in: world)
            let id = try #require(InvoiceID(made.text("id") ?? ""))
            let plain = try await world.issued(try await world.customer())
            func next(_ id: InvoiceID) async throws -> String? {
                try await world.pool.transaction { tx in
                    try tx.query("SELECT next_due_date(i) FROM invoices i WHERE id = $1", [id])
                        .scalar(as: CivilDate.self)?.description
                }
            }
            try await world.call("POST", "/v1/invoices/\(id)/finalize")
            #expect(try await next(id) == "2027-02-01")
            try await world.pay(9_999, id)
            #expect(try await next(id) == "2027-02-01")
            try await world.pay(1, id)
            #expect(try await next(id) == "2027-03-01")
            #expect(try await next(plain) == "2027-02-28")
        }
    }
}
