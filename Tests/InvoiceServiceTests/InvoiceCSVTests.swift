import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct InvoiceCSVTests {
    @Test("the table has what the list has, and amounts keep the digits of their currency")
    func table() async throws {
        try await InvoiceWorld.with { world in
            _ = try await InvoiceStock(world)
            for query in [
                "", "status=finalized&sort=due_date", "q=acme%20trading", "q=ACME-0", "overdue=true",
            ] {
                let rows = try await world.rows("/v1/invoices.csv?\(query)")
                #expect(rows.first?.hasPrefix("id,number,status,payment_status,") == true)
                let seen = rows.dropFirst().map { String($0.prefix { $0 != "," }) }
                #expect(seen == (try await world.list(query)), "\(query)")
            }
            let paid = try await world.table("/v1/invoices.csv?status=paid&sort=number")
            #expect(paid.headers["content-type"] == "text/csv; charset=utf-8; header=present")
            let row = try await world.rows("/v1/invoices.csv?status=paid&sort=number")[1]
            #expect(row.contains(",ACME-000001,paid,paid,"))
            #expect(row.contains(",usd,10.50,0.00,10.50,0.00,0.00,"))
            let refused = try await world.table("/v1/invoices.csv?status=odd")
            #expect(refused.status == 422 && refused.stream == nil)
        }
    }

    @Test(
        "a table of many pieces has each invoice once, and no transaction is open between them",
        arguments: [
            "", "sort=due_date", "sort=-total&currency=usd", "sort=number", "q=bulk", "status=finalized",
        ])
    func pieces(query: String) async throws {
        try await InvoiceWorld.with { world in
            try await world.stockOfThousands(3_500)
            let answer = try await world.table("/v1/invoices.csv?\(query)")
            let stream = try #require(answer.stream)
            // The first piece is read; whatever was still held would keep this lock from being taken.
            try await world.pool.transaction { tx in
                try tx.send("LOCK TABLE invoices IN ACCESS EXCLUSIVE MODE")
            }
            let bytes = try await stream.collected()
            let ids = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").dropFirst()
                .map { $0.prefix { $0 != "," } }
            #expect(ids.count == 3_500)
            #expect(Set(ids).count == 3_500)
        }
    }

    @Test(
        "texts that end a cell or begin a formula stand as they are and do nothing",
        arguments: [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"), ("+49", "'+49"), ("-2", "'-2"), ("@me", "'@me"),
            ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
            ("", ""), ("\tx", "'\tx"), ("ümlaut", "ümlaut"),
        ])
    func cells(text: String, cell: String) {
        var writer = CSVWriter(capacity: 64)
        writer.text(text)
        writer.plain(-5)
        writer.text(nil)
        writer.endRow()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\(cell),-5,\r\n")
    }
}

extension InvoiceWorld {
    fileprivate func rows(_ target: String) async throws -> [Substring] {
        let answer = try await table(target)
        let bytes = try await #require(answer.stream).collected()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
    }

    func table(_ target: String) async throws -> HTTPResponse {
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token(of: organizationID))")
        return await pipeline.respond("GET", target, headers: headers)
    }

    /// So many open invoices of one customer.
    fileprivate func stockOfThousands(_ count: Int) async throws {
        let customer = try await customer(named: "Acme Trading Ltd", email: nil)
        let made = try await call(
            "POST", "/v1/invoices",
            #"{"customer_id":"\#(customer)","title":"Bulk order","due_date":"2027-03-15","amount":"10.50"}"#)
        let id = try #require(InvoiceID(made.text("id") ?? ""))
        #expect(try await call("POST", "/v1/invoices/\(id)/finalize").status == 200)
        try await pool.transaction { tx in
            for (table, column, change) in [
                ("invoices", "id", ", 'number', 'ACME-' || lpad(n::text, 6, '0')"),
                ("invoice_documents", "invoice_id", ""), ("unsettled_invoices", "invoice_id", ""),
                ("invoice_terms", "invoice_id", ""),
            ] {
                try tx.execute(
                    """
                    INSERT INTO \(table) SELECT (jsonb_populate_record(t,
                        jsonb_build_object('\(column)', md5(n::text)::uuid\(change)))).*
                    FROM \(table) t, generate_series(2, $1) AS n WHERE t.\(column) = $2
                    """, [count, id])
            }
        }
    }
}
