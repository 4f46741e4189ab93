import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

/// Invoices in every standing, some of them alike in what lists are sorted by.
struct InvoiceStock {
    var all: [InvoiceID] = []
    var numbers: [InvoiceID: String] = [:]
    let acme: CustomerID
    let other: CustomerID

    init(_ world: InvoiceWorld) async throws {
        acme = try await world.customer(named: "Acme Trading Ltd", email: "billing@acme.test")
        other = try await world.customer(named: "Ümlaut & Söhne", email: nil)
        for index in 0..<14 {
            world.clock.advance(by: .seconds(86_400))
            let customer = index % 3 == 0 ? other : acme
            let made = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2027-0\(2 + index % 4)-15",
                "title":"\(index % 2 == 0 ? "Monthly retainer" : "Audit of \(index)")",
                "amount":"\(10 + index / 2).50"}
                """)
            let id = try #require(InvoiceID(made.text("id") ?? ""))
            all.append(id)
            guard index != 4, index != 9 else { continue }
            let issued = try await world.call("POST", "/v1/invoices/\(id)/finalize")
            numbers[id] = issued.text("number")
        }
        for index in [0, 1, 2, 3] { try await world.pay(amount(index), all[index]) }
        try await world.pay(500, all[5])
        try await world.pay(amount(6) + 100, all[6])
        let payment = PaymentID(.v7())
        try await world.pay(amount(7), all[7], id: payment)
        try await world.refund(amount(7), of: payment, for: all[7])
        try await world.call("POST", "/v1/invoices/\(all[8])/void")
        try await world.call("POST", "/v1/invoices/\(all[10])/mark_uncollectible")
    }

    func amount(_ index: Int) -> Int64 { Int64(10 + index / 2) * 100 + 50 }
}

extension InvoiceWorld {
    func customer(named name: String, email: String?) async throws -> CustomerID {
        let mail = email.map { #","email":"\#($0)""# } ?? ""
        let answer = try await call("POST", "/v1/customers", #"{"name":"\#(name)"\#(mail)}"#)
        return try #require(CustomerID(answer.text("id") ?? ""))
    }

    /// The ids of one page.
    func list(_ query: String) async throws -> [String] {
        let answer = try await call("GET", "/v1/invoices?limit=100&\(query)")
        #expect(answer.status == 200, "\(query)")
        return answer.json.elements.compactMap { $0["id"]?.string }
    }

    /// The ids of all pages, one page after the other.
    func pages(_ query: String, _ size: Int) async throws -> [String] {
        var seen: [String] = []
        var path = "/v1/invoices?\(query)&limit=\(size)"
        for _ in 0..<100 {
            let page = try await call("GET", path)
            #expect(page.status == 200, "\(path)")
            seen += page.json.elements.compactMap { $0["id"]?.string }
            guard let link = page.response.headers["link"] else { return seen }
            path = String(link.dropFirst().prefix { $0 != ">" })
        }
        Issue.record("the pages of \(query) do not end")
        return seen
    }
}
