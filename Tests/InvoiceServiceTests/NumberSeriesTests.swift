import EventContracts
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct NumberSeriesTests {
    private func numbers(_ world: InvoiceWorld) async throws -> [String] {
        try await world.pool.transaction { tx in
            try tx.query("SELECT number FROM invoices WHERE number IS NOT NULL ORDER BY number").column(0)
        }
    }

    /// Drafts made in one statement from one that the routes made.
    private func drafts(_ count: Int, in world: InvoiceWorld) async throws -> [InvoiceID] {
        let first = try await world.draft(try await world.customer())
        let ids = [first] + (1..<count).map { _ in InvoiceID(.v7()) }
        try await world.pool.transaction { tx in
            for (table, key) in [("invoices", "id"), ("invoice_documents", "invoice_id")] {
                _ = try tx.execute(
                    """
                    INSERT INTO \(table) SELECT (jsonb_populate_record(r, jsonb_build_object('\(key)', t.id))).*
                    FROM \(table) r, unnest($2::uuid[]) AS t (id) WHERE r.\(key) = $1
                    """, [first, Array(ids.dropFirst())])
            }
            _ = try tx.execute(
                """
                INSERT INTO invoice_lines
                SELECT (jsonb_populate_record(r, jsonb_build_object('invoice_id', t.id, 'id', gen_random_uuid()))).*
                FROM invoice_lines r, unnest($2::uuid[]) AS t (id) WHERE r.invoice_id = $1
                """, [first, Array(ids.dropFirst())])
        }
        return ids
    }

    private func finalize(_ ids: [InvoiceID], in world: InvoiceWorld) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in ids {
                group.addTask {
                    // Four connections serve all of them: who waits too long for one asks again, as a client does.
                    try await eventually(within: .seconds(120)) {
                        try await world.call("POST", "/v1/invoices/\(id)/finalize").status == 200
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("200 invoices that are issued at once have the numbers 1 to 200", arguments: [false, true])
    func parallel(isYearly: Bool) async throws {
        try await InvoiceWorld.with { world in
            let chosen = try await world.call(
                "PUT", "/v1/number_series/invoice",
                #"{"prefix":"R","pattern":"{prefix}-{year}-{count:4}","yearly":\#(isYearly)}"#)
            #expect(chosen.status == 200)
            #expect(chosen.text("example") == "R-2027-0042")
            let ids = try await drafts(200, in: world)
            try await finalize(ids, in: world)
            let expected = (1...200).map { count in
                let digits = String(count)
                return "R-2027-" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            #expect(try await numbers(world) == expected)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a yearly series begins again when the year begins where the organization is")
    func newYear() async throws {
        try await InvoiceWorld.with { world in
            try await world.call(
                "PUT", "/v1/number_series/invoice",
                #"{"pattern":"{prefix}-{year}-{count:4}","yearly":true}"#)
            let customer = try await world.customer()
            let ids = try await drafts(6, in: world)
            // 22:59:59.5 UTC is the last second of the year in Berlin.
            world.clock.set(try #require(Instant(rfc3339: "2027-12-31T22:59:59.500Z")))
            try await finalize(Array(ids[0..<3]), in: world)
            world.clock.advance(by: .seconds(1))
            try await finalize(Array(ids[3..<6]), in: world)
            #expect(
                try await numbers(world) == [
                    "ACME-2027-0001", "ACME-2027-0002", "ACME-2027-0003", "ACME-2028-0001", "ACME-2028-0002",
                    "ACME-2028-0003",
                ])
            let next = try await world.issued(customer)
            let invoice = try await world.call("GET", "/v1/invoices/\(next)")
            #expect(invoice.text("number") == "ACME-2028-0004")
            #expect(invoice.text("issue_date") == "2028-01-01")
            #expect(try await world.violations() == [])
        }
    }

    @Test("who chooses nothing has the prefix of the organization and a count that never begins again")
    func usual() async throws {
        try await InvoiceWorld.with { world in
            let series = try await world.call("GET", "/v1/number_series").json.elements
            #expect(series.map { $0["series"]?.string } == ["invoice", "credit_note"])
            #expect(series.map { $0["example"]?.string } == ["ACME-000042", "CN-000042"])
            let customer = try await world.customer()
            _ = try await world.issued(customer)
            #expect(try await world.call("PUT", "/v1/number_series/invoice", "{}").status == 200)
            try await world.organizationExists(prefix: "NEW", sequence: 2)
            _ = try await world.issued(customer)
            #expect(try await numbers(world) == ["ACME-000001", "NEW-000002"])
        }
    }

    @Test("a choice by which the next number would be one that is taken is refused")
    func taken() async throws {
        try await InvoiceWorld.with { world in
            _ = try await world.issued(try await world.customer())
            let chosen = try await world.call(
                "PUT", "/v1/number_series/invoice", #"{"pattern":"{prefix}-{year}-{count}","yearly":true}"#)
            #expect(chosen.status == 200)
            _ = try await world.issued(try await world.customer())
            _ = try await world.issued(try await world.customer())
            // The plain count goes on at 2, which this year has used.
            let refused = try await world.call(
                "PUT", "/v1/number_series/invoice", #"{"pattern":"{prefix}-{year}-{count}"}"#)
            #expect(refused.status == 409)
            #expect(refused.text("code") == "number_taken")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "what is no series, no prefix or no pattern is refused",
        arguments: [
            (#"{"prefix":"a"}"#, "prefix"), (#"{"pattern":"{prefix}"}"#, "pattern"),
            (#"{"pattern":7}"#, "pattern"), (#"{"yearly":true}"#, "pattern"), (#"{"yearly":1}"#, "yearly"),
        ])
    func badInput(body: String, field: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("PUT", "/v1/number_series/invoice", body)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.first?["field"]?.string == field)
            #expect(try await world.call("PUT", "/v1/number_series/receipt", "{}").status == 404)
        }
    }

    @Test("the series of another organization are its own")
    func tenants() async throws {
        try await InvoiceWorld.with { world in
            let other = OrganizationID(.v7())
            try await world.organizationExists(other, prefix: "OTHER")
            try await world.call("PUT", "/v1/number_series/invoice", #"{"prefix":"MINE"}"#)
            let series = try await world.call("GET", "/v1/number_series", token: world.token(of: other))
            #expect(series.json.elements.first?["prefix"]?.string == "OTHER")
        }
    }
}
