import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct InvoiceSearchTests {
    @Test(
        "invoices are found by number, customer and title, in whatever case, and by nothing else",
        arguments: [
            ("acme-00000", 9), ("acme-0000", 12), ("ACME-000012", 1), ("acme-9", 0), ("acme trading", 9),
            ("TRADING L", 9),
            ("billing@acme", 9), ("ümlaut", 5), ("söhne", 5), ("monthly", 7), ("RETAINER", 7),
            ("audit of 1", 3),
            ("tail", 0), ("%", 0), ("_onthly", 0),
        ])
    func search(text: String, count: Int) async throws {
        try await InvoiceWorld.with { world in
            _ = try await InvoiceStock(world)
            let query = "q=\(text.utf8.map { "%" + Hex.encode([$0]) }.joined())"
            let found = try await world.list(query)
            #expect(found.count == count)
            #expect(Set(found).count == found.count)
            #expect(try await world.pages(query, 2) == found)
            let paid = try await world.list("\(query)&status=paid")
            let all = try await world.list("status=paid")
            #expect(Set(paid) == Set(found).intersection(all))
            // What so many match that they are not collected is found by walking, and that is the same.
            let filter = InvoiceFilter.matching(text, of: world.organizationID, at: world.clock.now())
            let walked = try await world.pool.transaction { tx in
                try InvoiceListStatement.walked(filter, text, in: tx)
            }
            #expect(Set(walked.map(\.description)) == Set(found))
        }
    }

    @Test(
        "what is searched for in a title is what the schema's own function says",
        arguments: [
            "", " ", "Retainer", "Monthly  Retainer", " monthly monthly monthly",
            "ÜBER den Wolken muß die Freiheit",
            String(repeating: "long words ", count: 20),
        ])
    func terms(title: String) async throws {
        try await InvoiceWorld.with { world in
            let differing = try await world.pool.transaction { tx in
                try tx.query(
                    """
                    SELECT FROM \(SearchTerms.rows(of: "$1::text")) AS t
                    FULL JOIN unnest(search_terms($1)) AS f (term) ON f.term = t.term COLLATE "C"
                    WHERE f.term IS NULL OR t.term IS NULL
                    """, [title]
                ).count
            }
            #expect(differing == 0)
        }
    }

    @Test("an invoice is found by the sender's own id of it, and only in whole")
    func externalID() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            _ = try await world.draft(customer)
            let made = try await world.call(
                "POST", "/v1/invoices",
                #"{"customer_id":"\#(customer)","due_date":"2027-02-28","amount":1,"external_id":"Order-7"}"#)
            #expect(try await world.list("external_id=Order-7") == [made.text("id")])
            for text in ["order-7", "Order", "Order-7&status=paid"] {
                #expect(try await world.list("external_id=\(text)") == [], "\(text)")
            }
        }
    }

    @Test("a title that is changed or deleted is found by what it is now")
    func changedTitles() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.draft(try await world.customer())
            #expect(try await world.list("q=consulting") == [id.description])
            try await world.call("PUT", "/v1/invoices/\(id)", #"{"title":"Bookkeeping"}"#)
            #expect(try await world.list("q=consulting") == [])
            #expect(try await world.list("q=book") == [id.description])
            #expect(try await world.violations() == [])
            try await world.call("DELETE", "/v1/invoices/\(id)")
            #expect(try await world.list("q=book") == [])
            let left = try await world.pool.transaction { tx in
                try tx.query(
                    "SELECT (SELECT count(*) FROM invoice_terms) + (SELECT count(*) FROM unsettled_invoices)"
                ).scalar(as: Int.self)
            }
            #expect(left == 0)
        }
    }

    @Test("customers are found by name, e-mail address and external id, and not after an erasure")
    func customers() async throws {
        try await InvoiceWorld.with { world in
            let acme = try await world.customer(named: "Acme Trading", email: "Billing@Acme.test")
            world.clock.advance(by: .seconds(1))
            _ = try await world.customer(named: "Beta", email: nil)
            try await world.call("PATCH", "/v1/customers/\(acme)", #"{"external_id":"Shop-7"}"#)
            func found(_ query: String) async throws -> [String] {
                let answer = try await world.call("GET", "/v1/customers?\(query)&count=true")
                let ids = answer.json.elements.compactMap { $0["id"]?.string }
                #expect(answer.response.headers["x-total-count"] == String(ids.count))
                return ids
            }
            for query in ["q=acme", "q=TRADING", "q=billing@ac", "q=shop-7", "external_id=Shop-7"] {
                #expect(try await found(query) == [acme.description], "\(query)")
            }
            for query in ["q=rading", "q=gamma", "external_id=shop-7"] {
                #expect(try await found(query) == [])
            }
            #expect(try await world.call("GET", "/v1/customers?q=").status == 422)
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: acme)
            ])
            try await world.deliver([AccountErased(accountID: account)])
            #expect(try await found("q=acme") == [])
            let words = try await world.pool.transaction { tx in
                try tx.query("SELECT term FROM customer_terms ORDER BY term").column(0, as: String.self)
            }
            #expect(words == ["beta"])
        }
    }
}

extension InvoiceFilter {
    fileprivate static func matching(
        _ text: String, of organizationID: OrganizationID, at now: Instant
    ) -> InvoiceFilter {
        var filter = InvoiceFilter(audience: .organization(organizationID), limit: 100, now: now)
        filter.search = text
        return filter
    }
}

extension InvoiceListStatement {
    fileprivate static func walked(
        _ filter: InvoiceFilter, _ text: String, in tx: borrowing Transaction
    ) throws -> [InvoiceID] {
        var statement = InvoiceListStatement(walking: filter, text)
        let sql = statement.page()
        return try tx.query(sql, statement.parameters).column(0, as: InvoiceID.self)
    }
}
