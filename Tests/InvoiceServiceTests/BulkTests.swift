import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct BulkTests {
    @Test("each invoice has its own outcome, in the order given, and none stops the others")
    func outcomes() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let open = [try await world.issued(customer), try await world.issued(customer)]
            let draft = try await world.draft(customer)
            let paid = try await world.issued(customer)
            try await world.pay(11_999, paid)
            let unknown = InvoiceID(.v7())
            let ids = [open[0], draft, unknown, open[1], paid].map(\.description) + ["nothing"]
            let answer = try await world.bulk("void", ids)
            #expect(answer.status == 200)
            #expect(answer.json.elements.compactMap { $0["id"]?.string } == ids)
            #expect(
                answer.json.elements.compactMap { $0["status"]?.int64 } == [200, 409, 404, 200, 409, 404])
            #expect(
                answer.json.elements.compactMap { $0["code"]?.string } == [
                    "ok", "invoice_is_draft", "not_found", "ok", "money_received", "not_found",
                ])
            for id in open {
                #expect(try await world.call("GET", "/v1/invoices/\(id)").text("status") == "voided")
                #expect(try await world.events(id).first?["type"]?.string == "voided")
            }
            #expect(try await world.published().filter { $0.type == "invoice.voided.v1" }.count == 2)
            #expect(try await world.violations() == [])
        }
    }

    @Test("drafts are issued and sent when asked; where there is no address nothing is issued by trying")
    func sending() async throws {
        try await InvoiceWorld.with { world in
            let reachable = try await world.customer()
            let silent = try await world.customer(email: nil)
            let drafts = [
                try await world.draft(reachable), try await world.draft(silent),
                try await world.draft(reachable),
            ]
            let refused = try await world.bulk("send", drafts.map(\.description))
            #expect(refused.json.elements.allSatisfy { $0["code"]?.string == "invoice_is_draft" })
            let sent = try await world.bulk("send", drafts.map(\.description), #","finalize":true"#)
            #expect(
                sent.json.elements.compactMap { $0["code"]?.string } == [
                    "ok", "customer_without_email", "ok",
                ])
            #expect(try await world.call("GET", "/v1/invoices/\(drafts[1])").text("status") == "draft")
            let mails = try await world.published().filter { $0.type == "mail.requested.v1" }
            #expect(mails.count == 2)
            // The number that was not given to the second went to the third.
            let numbers = try await world.pool.transaction { tx in
                try tx.query("SELECT number FROM invoices WHERE number IS NOT NULL ORDER BY number").column(
                    0, as: String.self)
            }
            #expect(numbers == ["ACME-000001", "ACME-000002"])
            #expect(try await world.violations() == [])
        }
    }

    @Test("the same request under one key is carried out once")
    func idempotency() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let token = world.token(of: world.organizationID)
            var answers: [[String]] = []
            for _ in 0..<2 {
                let answer = try await world.bulk("send", [id.description], token: token, key: "k")
                answers.append(answer.json.elements.compactMap { $0["code"]?.string })
            }
            #expect(answers == [["ok"], ["ok"]])
            #expect(try await world.published().filter { $0.type == "mail.requested.v1" }.count == 1)
        }
    }

    @Test("what is not a list of up to 500 ids is refused")
    func refusals() async throws {
        try await InvoiceWorld.with { world in
            let many = (0...500).map { _ in InvoiceID(.v7()).description }
            for ids in [[], many, [many[0], many[0]]] {
                #expect(try await world.bulk("void", ids).status == 422)
            }
            #expect(try await world.call("POST", "/v1/invoices/bulk/void", "{}").status == 422)
            let stranger = world.token(of: OrganizationID(.v7()))
            let id = try await world.issued(try await world.customer())
            let answer = try await world.bulk("void", [id.description], token: stranger)
            #expect(answer.json.elements.first?["code"]?.string == "not_found")
        }
    }
}

extension InvoiceWorld {
    func bulk(
        _ work: String, _ ids: [String], _ more: String = "", token: String? = nil, key: String? = nil
    ) async throws -> Answer {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
        return try await call(
            "POST", "/v1/invoices/bulk/\(work)", "{\"ids\":[\(list)]\(more)}", token: token, key: key)
    }
}
