import HTTPServer
import Primitives
import ServiceKit

/// The list of invoices, for senders and for those who were billed: as JSON, and as a table for other programs.
struct InvoiceListRoutes: Sendable {
    let route: TenantRoute

    /// A table is read and sent in pieces of this size, so that what is held in memory does not grow with it.
    private static let tableRowCount = 1_000

    func add(to router: inout Router) {
        router.get("/v1/invoices", handler: list)
        router.get("/v1/invoices.csv", handler: table)
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let page = try ListPage(request)
        let filter = try filter(request, readers, limit: page.limit, cursor: page.cursor)
        let counts = request.queryValue("count") == "true"
        let (shown, count) = try await route.read { tx in
            (try InvoicePage(filter, in: tx), counts ? try filter.count(in: tx) : nil)
        }
        let response = page.answer(InvoiceJSON.bytes(shown.invoices), next: shown.next?.text, to: request)
        return count.map { Self.counted(response, $0) } ?? response
    }

    @Sendable private func table(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let filter = try filter(request, readers, limit: Self.tableRowCount, cursor: nil)
        var (rows, rest) = try await piece(filter)
        rows = InvoiceCSV.header + rows
        let stream = BodyStream(first: rows, from: rest) { rest in
            guard let filter = rest else { return nil }
            let piece = try await self.piece(filter)
            rest = piece.rest
            return piece.rows
        }
        return .stream("text/csv; charset=utf-8; header=present", stream)
            .with("Content-Disposition", "attachment; filename=\"invoices.csv\"")
    }

    /// Some rows of the table, in a transaction of their own, and what follows them.
    private func piece(_ filter: InvoiceFilter) async throws -> (rows: [UInt8], rest: InvoiceFilter?) {
        let (page, names) = try await route.read { tx in
            let page = try InvoicePage(filter, in: tx)
            return (page, try CustomerStore.names(of: page.invoices.map(\.customerID), in: tx))
        }
        let rest = page.next.map { filter.continued(at: $0) }
        return (InvoiceCSV.rows(page.invoices, names: names), rest)
    }

    /// What the query asks for, of what the caller may read.
    private func filter(
        _ request: HTTPRequest, _ readers: [InvoiceFilter.Audience], limit: Int, cursor: String?
    ) throws -> InvoiceFilter {
        let isForClient = request.queryValue("billed_to") == "me"
        guard let audience = isForClient ? readers.last : readers.first else { throw Problem.forbidden() }
        var filter = InvoiceFilter(audience: audience, limit: limit, now: route.context.clock.now())
        try filter.read(request, cursor: cursor)
        return filter
    }

    /// Tells how many there are; beyond the maximum only that there are more.
    static func counted(_ response: HTTPResponse, _ count: Int) -> HTTPResponse {
        let shown = response.with("X-Total-Count", String(min(count, InvoiceFilter.countMaximum)))
        return count > InvoiceFilter.countMaximum ? shown.with("X-Total-Count-Capped", "true") : shown
    }
}
