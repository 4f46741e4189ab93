import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct InvoiceRoutesTests {
    @Test("an invoice goes from draft to finalized with the fields of the requirements")
    func literalRoutes() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let created = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2024-01-01T00:00:00Z",
                "line_items":[{"description":"API usage","amount":50,"quantity":2}]}
                """)
            #expect(created.status == 201)
            #expect(created.text("status") == "draft")
            #expect(created.number("amount_due") == "100")
            #expect(created.text("currency") == "usd")
            #expect(created.text("created_at") == "2027-01-15T08:00:00.000Z")
            let id = try #require(InvoiceID(created.text("id") ?? ""))
            #expect(created.response.headers["location"] == "/v1/invoices/\(id)")

            let finalized = try await world.call("POST", "/v1/invoices/\(id)/finalize")
            #expect(finalized.status == 200)
            #expect(finalized.text("number") == "ACME-000001")

            let fetched = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(fetched.text("status") == "finalized")
            #expect(fetched.text("customer_id") == customer.description)
            #expect(fetched.number("amount_paid") == "0")
            // Midnight in UTC is one in the morning of the same day in Berlin.
            #expect(fetched.text("due_date") == "2024-01-01")
            let line = try #require(fetched["line_items"]?.elements.first)
            #expect(line["id"]?.string?.hasPrefix("li_") == true)
            #expect(line["description"]?.string == "API usage")
            #expect(line["amount"]?.numberText == "50")
            #expect(line["quantity"]?.numberText == "2")
            #expect(line["total"]?.numberText == "100")

            let voided = try await world.call("POST", "/v1/invoices/\(id)/void")
            #expect(voided.text("status") == "voided")
            #expect(voided.number("amount_due") == "0")
            #expect(
                try await world.types(about: id) == [
                    "invoice.created.v1", "invoice.finalized.v1", "invoice.voided.v1",
                ])
        }
    }

    @Test("a draft can be changed and deleted, an issued invoice cannot")
    func drafts() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let id = try await world.draft(customer)
            let changed = try await world.call(
                "PUT", "/v1/invoices/\(id)",
                #"{"title":"New","line_items":[{"description":"One","amount":"0.335","quantity":1}]}"#)
            #expect(changed.status == 422)
            #expect(changed["errors"]?.elements.first?["field"]?.string == "line_items[0].amount")
            let accepted = try await world.call(
                "PUT", "/v1/invoices/\(id)",
                #"{"title":"New","line_items":[{"description":"One","amount":"0.33","quantity":2.5}]}"#)
            #expect(accepted.number("total") == "0.83")
            #expect(accepted.text("title") == "New")
            #expect(try await world.call("DELETE", "/v1/invoices/\(id)").status == 204)
            #expect(try await world.call("GET", "/v1/invoices/\(id)").status == 404)

            let issued = try await world.issued(customer)
            for (method, body) in [("PUT", "{}"), ("DELETE", "")] {
                let refused = try await world.call(method, "/v1/invoices/\(issued)", body)
                #expect(refused.status == 409)
                #expect(refused.text("code") == "invoice_not_draft")
            }
            #expect(try await world.call("POST", "/v1/invoices/\(issued)/finalize").status == 409)
        }
    }

    @Test("numbers have no gaps, whatever fails and however many are issued at once")
    func gaplessNumbers() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            var drafts: [InvoiceID] = []
            for _ in 0..<20 { drafts.append(try await world.draft(customer)) }
            let empty = try await world.call(
                "POST", "/v1/invoices",
                #"{"customer_id":"\#(customer)","due_date":"2027-02-28","line_items":[]}"#)
            let emptyID = try #require(empty.text("id"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in drafts {
                    group.addTask {
                        // Every second one is tried twice at the same time.
                        async let again = world.call("POST", "/v1/invoices/\(id)/finalize")
                        let statuses = [
                            try await world.call("POST", "/v1/invoices/\(id)/finalize").status,
                            try await again.status,
                        ]
                        #expect(statuses.sorted() == [200, 409])
                    }
                    group.addTask {
                        let refused = try await world.call("POST", "/v1/invoices/\(emptyID)/finalize")
                        #expect(refused.text("code") == "no_line_items")
                    }
                }
                try await group.waitForAll()
            }
            let numbers = try await world.pool.transaction { tx in
                try tx.query("SELECT number FROM invoices WHERE number IS NOT NULL ORDER BY number").column(
                    0, as: String.self)
            }
            #expect(numbers == (1...20).map { "ACME-0000\($0 < 10 ? "0" : "")\($0)" })
            #expect(try await world.violations() == [])
        }
    }

    @Test("the same request under one key makes one invoice")
    func idempotency() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let token = world.token(of: world.organizationID)
            let body = #"{"customer_id":"\#(customer)","due_date":"2027-02-28","amount":10,"title":"One"}"#
            let first = try await world.call("POST", "/v1/invoices", body, token: token, key: "k1")
            let second = try await world.call("POST", "/v1/invoices", body, token: token, key: "k1")
            #expect(first.status == 201)
            #expect(second.text("id") == first.text("id"))
            #expect(first["line_items"]?.elements.first?["description"]?.string == "One")
            let other = try await world.call("POST", "/v1/invoices", "{}", token: token, key: "k1")
            #expect(other.status == 422)
            #expect(try await world.call("GET", "/v1/invoices").json.elements.count == 1)
        }
    }

    @Test("a list is a bare array, newest first, and its pages follow each other")
    func pages() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let other = try await world.customer()
            var ids: [String] = []
            for index in 0..<7 {
                world.clock.advance(by: .seconds(1))
                ids.append(try await world.draft(index == 3 ? other : customer).description)
            }
            var seen: [String] = []
            var path = "/v1/invoices?customer_id=\(customer)&limit=2"
            while true {
                let page = try await world.call("GET", path)
                #expect(page.status == 200)
                seen += page.json.elements.compactMap { $0["id"]?.string }
                guard let link = page.response.headers["link"] else { break }
                #expect(page.response.headers["x-next-cursor"] == seen.last)
                path = String(link.dropFirst().prefix { $0 != ">" })
            }
            #expect(seen == ids.enumerated().filter { $0.offset != 3 }.map(\.element).reversed())
            #expect(try await world.call("GET", "/v1/invoices?status=paid").json.elements.isEmpty)
            for query in ["limit=0", "limit=201", "cursor=x", "status=lost", "customer_id=inv_1"] {
                #expect(try await world.call("GET", "/v1/invoices?\(query)").status == 422, "\(query)")
            }
        }
    }

    @Test("a sender sees nothing of another sender, a client only what was billed to the own account")
    func tenancy() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let issued = try await world.issued(customer)
            let draft = try await world.draft(customer)
            let stranger = world.token(of: OrganizationID(.v7()))
            for (method, path) in [
                ("GET", "/v1/invoices/\(issued)"), ("POST", "/v1/invoices/\(issued)/void"),
                ("GET", "/v1/customers/\(customer)"), ("DELETE", "/v1/invoices/\(draft)"),
            ] {
                #expect(
                    try await world.call(method, path, token: stranger).status == 404, "\(method) \(path)")
            }
            #expect(try await world.call("GET", "/v1/invoices", token: stranger).json.elements.isEmpty)

            let account = AccountID(.v7())
            let client = world.token(of: nil, account: account, role: .client)
            #expect(try await world.call("GET", "/v1/invoices/\(issued)", token: client).status == 404)
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account,
                    customerID: customer)
            ])
            #expect(try await world.call("GET", "/v1/invoices/\(issued)", token: client).status == 200)
            #expect(try await world.call("GET", "/v1/invoices/\(draft)", token: client).status == 404)
            let bills = try await world.call("GET", "/v1/invoices", token: client)
            #expect(bills.json.elements.compactMap { $0["id"]?.string } == [issued.description])
            #expect(try await world.call("POST", "/v1/invoices/\(issued)/void", token: client).status == 403)
            // Who owns an organization is a client elsewhere.
            let owner = world.token(of: OrganizationID(.v7()), account: account)
            #expect(
                try await world.call("GET", "/v1/invoices?billed_to=me", token: owner).json.elements.count
                    == 1)
            #expect(try await world.call("GET", "/v1/invoices", token: "nonsense").status == 401)
        }
    }

    @Test(
        "what is wrong with a body is named field by field",
        arguments: [
            (#"{}"#, ["customer_id", "due_date"]),
            (#"{"customer_id":"inv_1","due_date":"2026-02-30"}"#, ["customer_id", "due_date"]),
            (#"{"customer_id":CUS,"due_date":"9999-12-31"}"#, ["due_date"]),
            (#"{"customer_id":CUS,"due_date":"1999-12-31T00:00:00Z"}"#, ["due_date"]),
            (#"{"customer_id":CUS,"due_date":"2027-01-01","currency":"XXQ"}"#, ["currency"]),
            (#"{"customer_id":CUS,"due_date":"2027-01-01","line_items":{}}"#, ["line_items"]),
            (#"{"customer_id":CUS,"due_date":"2027-01-01","line_items":[7]}"#, ["line_items[0]"]),
            (
                #"{"customer_id":CUS,"due_date":"2027-01-01","line_items":[{}]}"#,
                ["line_items[0].description", "line_items[0].amount"]
            ),
            (
                #"{"customer_id":CUS,"due_date":"2027-01-01","line_items":[{"description":"a","amount":-1}]}"#,
                ["line_items"]
            ),
            (
                #"{"customer_id":CUS,"due_date":"2027-01-01","line_items":[{"description":"a","amount":1,"quantity":0}]}"#,
                ["line_items[0].quantity"]
            ),
            (
                #"{"customer_id":CUS,"due_date":"2027-01-01","line_items":[{"description":"a","amount":99999999999999999}]}"#,
                ["line_items[0].amount"]
            ),
            (#"{"customer_id":CUS,"due_date":"2027-01-01","amount":1,"line_items":[]}"#, ["amount"]),
            (#"{"customer_id":OTHER,"due_date":"2027-01-01"}"#, ["customer_id"]),
            (#"{"customer_id":EUR,"due_date":"2027-01-01","currency":"usd"}"#, ["currency"]),
        ])
    func invalidBodies(body: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let euro = try await world.customer(currency: "eur")
            let text = body.replacing("CUS", with: "\"\(customer)\"").replacing("EUR", with: "\"\(euro)\"")
                .replacing("OTHER", with: "\"\(CustomerID(.v7()))\"")
            let answer = try await world.call("POST", "/v1/invoices", text)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
        }
    }

    @Test(
        "amounts keep the digits of their currency",
        arguments: [
            ("jpy", "100", "100"), ("kwd", "1.234", "1.234"), ("usd", "0.10", "0.1"), ("eur", "5e1", "50"),
        ])
    func currencies(code: String, amount: String, shown: String) async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let answer = try await world.call(
                "POST", "/v1/invoices",
                #"{"customer_id":"\#(customer)","due_date":"2027-01-31","currency":"\#(code)","amount":\#(amount)}"#
            )
            #expect(answer.status == 201)
            #expect(answer.number("total") == shown)
            #expect(answer.text("currency") == code)
        }
    }

    @Test("an organization that is not known yet is told to come back")
    func unknownOrganization() async throws {
        try await InvoiceWorld.with { world in
            let stranger = world.token(of: OrganizationID(.v7()))
            let answer = try await world.call(
                "POST", "/v1/invoices", #"{"customer_id":"\#(CustomerID(.v7()))","due_date":"2027-01-31"}"#,
                token: stranger)
            #expect(answer.status == 503)
            #expect(answer.response.headers["retry-after"] == "1")
        }
    }
}
