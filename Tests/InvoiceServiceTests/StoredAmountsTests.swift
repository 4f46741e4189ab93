import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Amounts as they are stored", .timeLimit(.minutes(10))) struct StoredAmountsTests {
    /// Members that say what an invoice comes to.
    private static let members = [
        "subtotal", "discount", "discount_total", "tax_total", "total_excluding_tax", "total", "amount_due",
        "tax_summary",
    ]
    /// Members of a line.
    private static let lineMembers = [
        "description", "amount", "unit_amount", "quantity", "total", "discount", "discount_total",
        "tax_rates", "tax_total",
    ]

    @Test(
        "a preview, a draft, what is read of it, a changed draft, the issued invoice and its copy say the same",
        arguments: ["usd", "jpy", "kwd", "clf", "xcg"])
    func sameEverywhere(currency: String) async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rates = [
                try await world.taxRate(#"{"name":"A","percentage":"8.875"}"#),
                try await world.taxRate(#"{"name":"B","percentage":19,"inclusive":true}"#),
                try await world.taxRate(#"{"name":"C","percentage":"2.5","inclusive":true}"#),
            ]
            for number in 0..<8 {
                let body = Self.body(customer, currency, rates, number: number)
                let preview = try await world.call("POST", "/v1/invoices/preview", body)
                #expect(preview.status == 200)
                let expected = try Self.amounts(preview)
                let draft = try await world.call("POST", "/v1/invoices", body)
                #expect(try Self.amounts(draft) == expected)
                let path = "/v1/invoices/\(try #require(draft.text("id")))"
                for (method, path, body) in [
                    ("GET", path, ""), ("PUT", path, #"{"title":"Other"}"#), ("POST", path + "/finalize", ""),
                    ("GET", path, ""), ("POST", path + "/duplicate", ""),
                ] {
                    let answer = try await world.call(method, path, body)
                    #expect(try Self.amounts(answer) == expected, "\(method) \(path)")
                }
            }
            #expect(try await world.violations() == [])
        }
    }

    /// The texts of all members that say an amount, as they stand in the answer.
    private static func amounts(_ answer: InvoiceWorld.Answer) throws -> [String] {
        func text(_ node: JSONNode?) -> String {
            node.map { String(decoding: $0.rawBytes, as: UTF8.self) } ?? "-"
        }
        let lines = try #require(answer["line_items"]?.elements)
        return members.map { text(answer[$0]) }
            + lines.flatMap { line in lineMembers.map { text(line[$0]) } }
    }

    private static func body(
        _ customer: CustomerID, _ currency: String, _ rates: [String], number: Int
    ) -> String {
        let discounts = ["", #""discount":{"percent":"12.5"},"#, #""discount":{"amount":7},"#]
        let quoted = rates.map { "\"\($0)\"" }
        let lines = (0...number).map { line in
            let named = quoted.enumerated().filter { (line + number) >> $0.offset & 1 == 1 }.map(\.element)
            let own = line % 3 == 1 ? #","discount":{"percent":"33.3333"}"# : ""
            let price = line % 2 == 0 ? #""amount":\#(11 + line * 7)"# : #""unit_amount":"0.0\#(3 + line)7""#
            return """
                {"description":"\(line)",\(price),"quantity":"\(1 + line * 40).25",
                "tax_rates":[\(named.joined(separator: ","))]\(own)}
                """
        }
        let credit = #"{"description":"back","amount":-2,"tax_rates":[\#(quoted[0])]}"#
        return """
            {"customer_id":"\(customer)","due_date":"2027-02-28","currency":"\(currency)",\(discounts[number % 3])
            "line_items":[\((lines + [credit]).joined(separator: ","))]}
            """
    }
}
