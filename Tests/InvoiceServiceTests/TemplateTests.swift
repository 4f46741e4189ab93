import Crypto
import Documents
import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Templates", .timeLimit(.minutes(10))) struct TemplateTests {
    private static let everything = """
        {"name":"Tax invoice","is_default":true,"language":"de-AT","accent_color":"#0F6B5C","font":"serif",
        "logo_placement":"trailing","page_size":"letter","titles":{"invoice":"Tax invoice"},
        "labels":{"billed_to":"Bill to"},"columns":["tax","quantity"],"intro":"Hello","closing":"Bye",
        "terms":"30 days","footer":"Northwind","mail":{"subject":"Invoice {number}","intro":"Dear {client_name}"}}
        """

    @Test("a template is made, read, replaced, listed and removed, in the shape in which it was given")
    func life() async throws {
        try await InvoiceWorld.with { world in
            let token = world.token(of: world.organizationID)
            let made = try await world.call("POST", "/v1/templates", Self.everything, token: token, key: "k")
            #expect(made.status == 201)
            let id = try #require(made.text("id"))
            #expect(id.hasPrefix("tpl_"))
            #expect(made.response.headers["location"] == "/v1/templates/\(id)")
            let again = try await world.call("POST", "/v1/templates", Self.everything, token: token, key: "k")
            #expect(again.text("id") == id)
            let read = try await world.call("GET", "/v1/templates/\(id)")
            #expect(read.response.body == made.response.body)
            #expect(read.text("accent_color") == "#0f6b5c" && read.text("page_size") == "letter")
            #expect(read["titles"]?["invoice"]?.string == "Tax invoice")
            #expect(read["columns"]?.elements.map(\.string) == ["quantity", "tax"])
            #expect(read["mail"]?["subject"]?.string == "Invoice {number}")
            let body = #"{"name":"Plain"}"#
            let replaced = try await world.call("PUT", "/v1/templates/\(id)", body)
            #expect(replaced.status == 200 && replaced.text("name") == "Plain")
            #expect(replaced["is_default"]?.bool == false && replaced["mail"] == nil)
            world.clock.advance(by: .seconds(1))
            let other = try #require(try await world.call("POST", "/v1/templates", body).text("id"))
            let listed = try await world.call("GET", "/v1/templates?limit=1")
            #expect(listed.json.elements.map { $0["id"]?.string } == [other])
            #expect(listed.response.headers["x-next-cursor"] == other)
            #expect(try await world.call("DELETE", "/v1/templates/\(id)").status == 204)
            for method in ["GET", "DELETE"] {
                #expect(try await world.call(method, "/v1/templates/\(id)").status == 404)
            }
        }
    }

    @Test(
        "what is wrong is told by field",
        arguments: [
            (#"{}"#, "name", "required"),
            (#"{"name":"A","accent_color":"red"}"#, "accent_color", "malformed"),
            (#"{"name":"A","font":"comic"}"#, "font", "malformed"),
            (#"{"name":"A","page_size":"a5"}"#, "page_size", "malformed"),
            (#"{"name":"A","language":"no tag"}"#, "language", "malformed"),
            (#"{"name":"A","titles":{"letter":"X"}}"#, "titles.letter", "unknown_field"),
            (#"{"name":"A","labels":{"total":"a\nb"}}"#, "labels.total", "malformed"),
            (#"{"name":"A","columns":["weight"]}"#, "columns[0]", "malformed"),
            (
                #"{"name":"A","mail":{"subject":"Pay {amount} to {iban}"}}"#, "mail.subject",
                "unknown_placeholder"
            ),
            (#"{"name":"A","mail":{"subject":"a\nb"}}"#, "mail.subject", "malformed"),
            (#"{"name":"A","mail":{"intro":"Dear {client_name"}}"#, "mail.intro", "unknown_placeholder"),
        ])
    func refusals(body: String, field: String, code: String) async throws {
        try await InvoiceWorld.with { world in
            let refused = try await world.call("POST", "/v1/templates", body)
            #expect(refused.status == 422)
            let error = refused["errors"]?.elements.first
            #expect(error?["field"]?.string == field && error?["code"]?.string == code)
        }
    }

    @Test(
        "a misplaced brace is told with its position",
        arguments: [
            ("Pay {amount} to {iban}", 17), ("{number}{", 9), ("}", 1), ("{ number}", 1), ("{{number}", 1),
            ("{number} {amount} {due_date} {title} {client_name} {sender_name}", nil), ("", nil),
        ])
    func places(text: String, position: Int?) {
        #expect(InvoiceMailWording.misplaced(in: text) == position)
    }

    @Test("an organization has one default, and its templates are nobody else's")
    func defaults() async throws {
        try await InvoiceWorld.with { world in
            let first = try await world.template(#"{"name":"First","is_default":true}"#)
            let second = try await world.template(#"{"name":"Second","is_default":true}"#)
            #expect(try await world.call("GET", "/v1/templates/\(first)")["is_default"]?.bool == false)
            #expect(try await world.call("GET", "/v1/templates/\(second)")["is_default"]?.bool == true)
            let stranger = world.token(of: OrganizationID(.v7()))
            for (method, path) in [("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/preview.pdf")] {
                let body = method == "PUT" ? #"{"name":"Mine"}"# : ""
                let answer = try await world.call(
                    method, "/v1/templates/\(first)\(path)", body, token: stranger)
                #expect(answer.status == 404, "\(method)\(path)")
            }
            #expect(try await world.call("GET", "/v1/templates", token: stranger).json.elements.isEmpty)
        }
    }

    @Test("invoice before customer before default; a deleted one is passed over")
    func choice() async throws {
        try await InvoiceWorld.with { world in
            let own = try await world.template(#"{"name":"Own","intro":"own"}"#)
            let theirs = try await world.template(#"{"name":"Theirs","intro":"theirs"}"#)
            let usual = try await world.template(#"{"name":"Usual","intro":"usual","is_default":true}"#)
            let customer = try await world.customer()
            let id = try await world.draft(customer)
            #expect(try await world.paper(id).look.intro == "usual")
            try await world.call("PATCH", "/v1/customers/\(customer)", #"{"template_id":"\#(theirs)"}"#)
            #expect(try await world.paper(id).look.intro == "theirs")
            let chosen = try await world.call("PUT", "/v1/invoices/\(id)", #"{"template_id":"\#(own)"}"#)
            #expect(chosen.text("template_id") == own)
            #expect(try await world.paper(id).look.intro == "own")
            // Another change leaves it, null takes it away.
            try await world.call("PUT", "/v1/invoices/\(id)", #"{"title":"Other"}"#)
            #expect(try await world.paper(id).look.intro == "own")
            try await world.call("DELETE", "/v1/templates/\(own)")
            #expect(try await world.paper(id).look.intro == "theirs")
            try await world.call("PATCH", "/v1/customers/\(customer)", #"{"template_id":null}"#)
            #expect(try await world.paper(id).look.intro == "usual")
            try await world.call("DELETE", "/v1/templates/\(usual)")
            #expect(try await world.paper(id).look == InvoiceDocument.Look())
        }
    }

    @Test("a template of another organization, or one that is not there, is no choice")
    func strangers() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let unknown = #"{"template_id":"\#(TemplateID(.v7()))"}"#
            let id = try await world.draft(customer)
            for (method, path) in [("PUT", "/v1/invoices/\(id)"), ("PATCH", "/v1/customers/\(customer)")] {
                let refused = try await world.call(method, path, unknown)
                #expect(refused.status == 422, "\(path)")
                #expect(refused["errors"]?.elements.first?["field"]?.string == "template_id")
            }
        }
    }

    @Test("an issued invoice stays what it was, byte for byte, whatever becomes of the template")
    func frozen() async throws {
        try await InvoiceWorld.with { world in
            let template = try await world.template(Self.everything)
            let id = try await world.issued(try await world.customer())
            let paper = try await world.paper(id)
            #expect(paper.look.titles == [InvoiceDocument.Wording(name: "invoice", text: "Tax invoice")])
            #expect(paper.language == "de-AT" && paper.notes == "30 days")
            #expect(paper.branding.footer == "Northwind" && paper.branding.accent != nil)
            let file = await world.file("/v1/invoices/\(id)/pdf")
            #expect(file.status == 200)
            try await world.call("PUT", "/v1/templates/\(template)", #"{"name":"New","intro":"new"}"#)
            try await world.template(#"{"name":"Default","is_default":true}"#)
            #expect(await world.file("/v1/invoices/\(id)/pdf").body == file.body)
            try await world.call("DELETE", "/v1/templates/\(template)")
            #expect(await world.file("/v1/invoices/\(id)/pdf").body == file.body)
        }
    }

    @Test("the invoices of a series and a copy have the template of the first, and go on without it")
    func series() async throws {
        try await InvoiceWorld.with { world in
            let template = try await world.template(#"{"name":"Series","intro":"series"}"#)
            let id = try await world.draft(try await world.customer())
            try await world.call("PUT", "/v1/invoices/\(id)", #"{"template_id":"\#(template)"}"#)
            try await world.call("POST", "/v1/invoices/\(id)/finalize")
            let copy = try await world.call("POST", "/v1/invoices/\(id)/duplicate")
            #expect(copy.text("template_id") == template)
            let recurring = try await world.call(
                "POST", "/v1/invoices/\(id)/make_recurring", #"{"every":1,"unit":"month"}"#)
            #expect(recurring.status == 201)
            let stored = try await world.pool.transaction { tx in
                try tx.query("SELECT content ->> 'template_id' FROM recurring_invoices").scalar(
                    as: String.self)
            }
            #expect(stored == template)
        }
    }

    @Test("the preview shows each kind of paper")
    func preview() async throws {
        try await InvoiceWorld.with { world in
            let template = try await world.template(Self.everything)
            for kind in InvoiceDocument.Kind.allCases {
                let file = await world.file("/v1/templates/\(template)/preview.pdf?kind=\(kind.rawValue)")
                #expect(file.status == 200 && file.body.starts(with: Array("%PDF-".utf8)))
            }
            let refused = await world.file("/v1/templates/\(template)/preview.pdf?kind=letter")
            #expect(refused.status == 422)
        }
    }

    @Test("the words of a mail travel with it")
    func mail() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            try await world.call("POST", "/v1/invoices/\(id)/send")
            try await world.template(Self.everything)
            let other = try await world.draft(try await world.customer())
            try await world.call("POST", "/v1/invoices/\(other)/send", #"{"finalize":true}"#)
            let mails = try await world.published().filter { $0.type == "mail.requested.v1" }
                .map { try JSON.decode(InvoiceMailRequested.self, from: $0.data) }
            #expect(mails.first { $0.invoiceID == id }?.wording == nil)
            let mail = try #require(mails.first { $0.invoiceID == other })
            #expect(
                mail.wording
                    == InvoiceMailWording(subject: "Invoice {number}", intro: "Dear {client_name}"))
            #expect(mail.language == "de-AT")
        }
    }
}

extension InvoiceWorld {
    @discardableResult fileprivate func template(_ body: String) async throws -> String {
        let made = try await call("POST", "/v1/templates", body)
        #expect(made.status == 201)
        return try #require(made.text("id"))
    }

    /// What stands on an invoice's paper.
    fileprivate func paper(_ id: InvoiceID) async throws -> InvoiceDocument {
        let links = PayLinks(
            keys: payLinkKeys, sealingKey: unsealing.sealingKey, publicURL: "https://pay.example")
        let (organizationID, now) = (organizationID, clock.now())
        return try await pool.transaction { tx in
            let invoice = try #require(try InvoiceStore.find(id, of: organizationID, in: tx))
            return try #require(try InvoicePaper(of: invoice, in: tx)).document(
                .invoice, links: links, at: now)
        }
    }

    fileprivate func file(_ path: String) async -> HTTPResponse {
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token(of: organizationID))")
        return await pipeline.respond("GET", path, headers: headers)
    }
}
