import Documents
import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Papers of credit notes", .timeLimit(.minutes(10))) struct CreditNotePaperTests {
    /// An invoice of two lines with a tax of 19 percent.
    private func taxed(_ world: InvoiceWorld, inclusive: Bool = false) async throws -> JSONNode {
        let rate = try await world.taxRate(
            #"{"name":"VAT","percentage":19,"inclusive":\#(inclusive)}"#)
        let made = try await world.call(
            "POST", "/v1/invoices",
            """
            {"customer_id":"\(try await world.customer())","due_date":"2027-02-28","line_items":[
            {"description":"Workshop","amount":100,"quantity":3,"tax_rates":["\(rate)"]},
            {"description":"Travel","amount":50,"tax_rates":["\(rate)"]}]}
            """)
        return try await world.call("POST", "/v1/invoices/\(made.text("id") ?? "")/finalize").json
    }

    private func note(_ invoice: JSONNode, _ body: String, in world: InvoiceWorld) async throws
        -> CreditNoteID
    {
        let made = try await world.call(
            "POST", "/v1/invoices/\(invoice["id"]?.string ?? "")/credit_notes", body)
        #expect(made.status == 201)
        return try #require(CreditNoteID(made.text("id") ?? ""))
    }

    private func document(_ id: CreditNoteID, in world: InvoiceWorld) async throws -> InvoiceDocument {
        let organizationID = world.organizationID
        return try await world.pool.transaction { tx in
            let note = try #require(try CreditNoteStore.find(id, in: tx))
            let invoice = try #require(try InvoiceStore.find(note.invoiceID, of: organizationID, in: tx))
            return try #require(try InvoicePaper(of: invoice, in: tx)).document(of: note)
        }
    }

    @Test("a note about lines shows them without tax, then the tax of each rate, and adds up")
    func lines() async throws {
        try await InvoiceWorld.with { world in
            let invoice = try await taxed(world)
            let line = try #require(invoice["line_items"]?.elements.first?["id"]?.string)
            let id = try await note(
                invoice, #"{"reason":"One day less","line_items":[{"id":"\#(line)","quantity":1}]}"#,
                in: world)
            let document = try await document(id, in: world)
            #expect(document.kind == .creditNote && document.aboutNumber == invoice["number"]?.string)
            #expect(document.number?.isEmpty == false && document.number != document.aboutNumber)
            #expect(document.details == "One day less")
            #expect(document.lines.map(\.text) == ["Workshop"])
            #expect(document.lines.map(\.quantity?.text) == ["1"])
            #expect(document.lines.map(\.total) == [10_000])
            #expect(document.totals.subtotal == 10_000 && document.totals.total == 11_900)
            #expect(document.totals.taxes.map { [$0.net, $0.tax] } == [[10_000, 1_900]])
            #expect(document.totals.taxes.map(\.isIncluded) == [false])
        }
    }

    @Test("a note about a sum shows its reason, and taxes that prices hold as held")
    func sums() async throws {
        try await InvoiceWorld.with { world in
            let invoice = try await taxed(world, inclusive: true)
            let id = try await note(invoice, #"{"reason":"Goodwill","amount":119}"#, in: world)
            let document = try await document(id, in: world)
            #expect(document.lines.map(\.text) == ["Goodwill"] && document.lines.map(\.total) == [11_900])
            #expect(document.lines.allSatisfy { $0.quantity == nil } && document.details == nil)
            #expect(document.totals.subtotal == nil && document.totals.total == 11_900)
            #expect(document.totals.taxes.map { [$0.net, $0.tax] } == [[10_000, 1_900]])
            #expect(document.totals.taxes.map(\.isIncluded) == [true])
        }
    }

    @Test("sender and client get the file, the same again; others do not, and a cancelled one says so")
    func file() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: customer)
            ])
            let invoice = try await world.issued(customer)
            let made = try await world.call(
                "POST", "/v1/invoices/\(invoice)/credit_notes", #"{"reason":"Goodwill","amount":20}"#)
            let id = try #require(CreditNoteID(made.text("id") ?? ""))
            func file(_ token: String, known tag: String? = nil) async -> HTTPResponse {
                var headers = HTTPHeaders()
                headers.add("Authorization", "Bearer \(token)")
                if let tag { headers.add("If-None-Match", tag) }
                return await world.pipeline.respond("GET", "/v1/credit_notes/\(id)/pdf", headers: headers)
            }
            let sender = world.token(of: world.organizationID)
            let first = await file(sender)
            #expect(first.status == 200 && first.body.starts(with: Array("%PDF-".utf8)))
            #expect(
                first.headers["content-disposition"]?.contains("\(made.text("number") ?? "-").pdf") == true)
            #expect(await file(world.token(of: nil, account: account, role: .client)).body == first.body)
            let tag = try #require(first.headers["etag"])
            #expect(await file(sender, known: tag).status == 304)
            #expect(await file(world.token(of: nil, role: .client)).status == 404)
            #expect(await file(world.token(of: OrganizationID(.v7()))).status == 404)
            try await world.call("POST", "/v1/credit_notes/\(id)/void")
            #expect(try await document(id, in: world).mark == .void)
            #expect(await file(sender, known: tag).status == 200)
        }
    }
}
