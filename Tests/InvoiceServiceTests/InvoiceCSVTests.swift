import HTTPServer
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(5))) struct InvoiceCSVTests {
    @Test("the table has what the list has, page by page, and amounts keep the digits of their currency")
    func table() async throws {
        try await InvoiceWorld.with { world in
            _ = try await InvoiceStock(world)
            for query in ["", "status=finalized&sort=due_date", "q=acme%20trading", "overdue=true"] {
                var seen: [String] = []
                var target = "/v1/invoices.csv?\(query)&limit=4"
                while true {
                    let page = try await world.table(target)
                    #expect(page.headers["content-type"] == "text/csv; charset=utf-8; header=present")
                    let rows = String(decoding: page.body, as: UTF8.self).split(separator: "\r\n")
                    #expect(rows.first?.hasPrefix("id,number,status,payment_status,") == true)
                    seen += rows.dropFirst().map { String($0.prefix { $0 != "," }) }
                    guard let link = page.headers["link"] else { break }
                    target = String(link.dropFirst().prefix { $0 != ">" })
                }
                #expect(seen == (try await world.list(query)), "\(query)")
            }
            let paid = try await world.table("/v1/invoices.csv?status=paid&sort=number&limit=1")
            let row = String(decoding: paid.body, as: UTF8.self).split(separator: "\r\n").last ?? ""
            #expect(row.contains(",ACME-000001,paid,paid,"))
            #expect(row.contains(",usd,10.50,0.00,10.50,0.00,0.00,"))
            let refused = try await world.table("/v1/invoices.csv?limit=5001")
            #expect(refused.status == 422)
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
    func table(_ target: String) async throws -> HTTPResponse {
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token(of: organizationID))")
        return await pipeline.respond("GET", target, headers: headers)
    }
}
