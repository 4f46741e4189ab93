import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct InvoiceListTests {
    @Test("every order goes through all invoices once, forward and back, whatever the size of a page")
    func orders() async throws {
        try await InvoiceWorld.with { world in
            let stock = try await InvoiceStock(world)
            let whole = try await world.list("")
            #expect(whole == stock.all.reversed().map(\.description))
            for key in ["created", "due_date", "issue_date", "total&currency=usd", "number"] {
                let up = try await world.list("sort=\(key)")
                let down = try await world.list("sort=-\(key)")
                #expect(up == down.reversed(), "\(key)")
                #expect(Set(up).count == up.count)
                // A draft has no number and no day of issue.
                let expected = key == "number" || key == "issue_date" ? stock.numbers.count : stock.all.count
                #expect(up.count == expected, "\(key)")
                for size in [1, 3, 5] {
                    #expect(try await world.pages("sort=-\(key)", size) == down, "\(key) by \(size)")
                }
            }
            let numbered = try await world.list("sort=number").map {
                stock.numbers[InvoiceID($0) ?? stock.all[0]]
            }
            #expect(numbered == stock.numbers.values.sorted())
        }
    }

    @Test("each filter shows what a look at every invoice finds, in pages and counted")
    func filters() async throws {
        try await InvoiceWorld.with { world in
            let stock = try await InvoiceStock(world)
            world.clock.set(try #require(Instant(rfc3339: "2027-03-31T12:00:00Z")))
            let rows = try await world.call("GET", "/v1/invoices?limit=200").json.elements
            func expect(_ query: String, _ isShown: (JSONNode) -> Bool) async throws {
                let expected = Set(rows.filter(isShown).compactMap { $0["id"]?.string })
                let shown = try await world.pages(query, 2)
                #expect(Set(shown) == expected && shown.count == expected.count, "\(query)")
                let counted = try await world.call("GET", "/v1/invoices?\(query)&count=true")
                #expect(counted.response.headers["x-total-count"] == String(expected.count), "\(query)")
                #expect(counted.response.headers["x-total-count-capped"] == nil)
            }
            for state in InvoiceState.allCases {
                try await expect("status=\(state.rawValue)") { $0["status"]?.string == state.rawValue }
                for debt in DebtState.allCases {
                    try await expect("status=\(state.rawValue)&payment_status=\(debt.rawValue)") {
                        $0["status"]?.string == state.rawValue
                            && $0["payment_status"]?.string == debt.rawValue
                    }
                }
            }
            for debt in DebtState.allCases {
                try await expect("payment_status=\(debt.rawValue)&sort=due_date") {
                    $0["payment_status"]?.string == debt.rawValue
                }
            }
            func isOverdue(_ row: JSONNode) -> Bool {
                row["status"]?.string == "finalized" && (row["due_date"]?.string ?? "") < "2027-03-31"
            }
            try await expect("overdue=true", isOverdue)
            try await expect("overdue=true&sort=-created", isOverdue)
            try await expect("overdue=false") { !isOverdue($0) }
            try await expect("overdue=true&customer_id=\(stock.acme)") {
                isOverdue($0) && $0["customer_id"]?.string == stock.acme.description
            }
            try await expect("due_from=2027-03-15&due_to=2027-04-14") {
                $0["due_date"]?.string == "2027-03-15"
            }
            try await expect("due_to=2027-03-15&status=paid&sort=-created") {
                ($0["due_date"]?.string ?? "") <= "2027-03-15" && $0["status"]?.string == "paid"
            }
            try await expect("issued_from=2027-01-20&issued_to=2027-01-22") {
                ("2027-01-20"..."2027-01-22").contains($0["issue_date"]?.string ?? "")
            }
            try await expect("created_from=2027-01-18T00:00:00Z&created_to=2027-01-21T08:00:00Z") {
                ("2027-01-18T00:00:00"..."2027-01-21T08:00:00.000Z").contains($0["created_at"]?.string ?? "")
            }
            try await expect("amount_min=11.5&amount_max=13.50&currency=usd") {
                ["11.5", "12.5", "13.5"].contains($0["total"]?.numberText)
            }
            try await expect("amount_min=11&currency=eur") { _ in false }
        }
    }

    @Test(
        "a question that cannot be answered names its field",
        arguments: [
            ("sort=title", "sort"), ("sort=total", "currency"), ("amount_min=3", "currency"),
            ("amount_min=0.001&currency=usd", "amount_min"), ("overdue=maybe", "overdue"),
            ("due_from=x", "due_from"), ("created_to=2027-01-01", "created_to"), ("q=%20", "q"),
            ("q=a&sort=created", "sort"), ("sort=-due_date&cursor=inv_01h455vb4pex5vsknk084sn02q", "cursor"),
            ("cursor=number.ACME-000001", "cursor"), ("sort=number&cursor=due_date.2027-01-01.x", "cursor"),
            ("sort=total&currency=usd&cursor=total.x.inv_01h455vb4pex5vsknk084sn02q", "cursor"),
            ("limit=1000", "limit"), ("currency=zzz", "currency"),
        ])
    func refusals(query: String, field: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("GET", "/v1/invoices?\(query)")
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.contains { $0["field"]?.string == field } == true)
        }
    }

    @Test("a client filters the own bills with the same words and sees nothing else")
    func bills() async throws {
        try await InvoiceWorld.with { world in
            let stock = try await InvoiceStock(world)
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: stock.acme)
            ])
            let token = world.token(of: nil, account: account, role: .client)
            func count(_ query: String) async throws -> Int {
                let answer = try await world.call("GET", "/v1/invoices?\(query)", token: token)
                #expect(answer.status == 200, "\(query)")
                return answer.json.elements.count
            }
            // Nine of fourteen, less the draft among them.
            #expect(try await count("") == 8)
            #expect(try await count("status=draft") == 0)
            #expect(try await count("status=paid") == 3)
            #expect(try await count("q=retainer") == 3)
            #expect(try await count("q=%C3%BCmlaut") == 0)
            world.clock.set(try #require(Instant(rfc3339: "2027-12-31T12:00:00Z")))
            let late = world.token(of: nil, account: account, role: .client)
            let overdue = try await world.call("GET", "/v1/invoices?overdue=true", token: late)
            #expect(overdue.json.elements.allSatisfy { $0["status"]?.string == "finalized" })
            #expect(overdue.json.elements.count == 3)
        }
    }
}
