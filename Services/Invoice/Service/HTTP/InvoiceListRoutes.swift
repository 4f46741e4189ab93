import HTTPServer
import Primitives
import ServiceKit

/// The list of invoices, for senders and for those who were billed: as JSON, and as a table for other programs.
struct InvoiceListRoutes: Sendable {
    let route: TenantRoute

    /// A table is read in pieces of this size, each one answer: what is held in memory has a limit.
    private static let tableRowsMaximum = 5_000

    func add(to router: inout Router) {
        router.get("/v1/invoices", handler: list)
        router.get("/v1/invoices.csv", handler: table)
    }

    /// A page with what is needed to show it.
    private struct Shown: Sendable {
        let invoices: [Invoice]
        let next: String?
        let names: [CustomerID: String]
        let count: Int?
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let page = try ListPage(request)
        let shown = try await shown(request, page, readers, names: false)
        let response = page.answer(
            InvoiceJSON.bytes(shown.invoices, at: route.context.clock.now()), next: shown.next, to: request)
        return shown.count.map { Self.counted(response, $0) } ?? response
    }

    @Sendable private func table(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let page = try ListPage(
            request, usualLimit: Self.tableRowsMaximum, maximumLimit: Self.tableRowsMaximum)
        let shown = try await shown(request, page, readers, names: true)
        let body = InvoiceCSV.bytes(shown.invoices, names: shown.names)
        return page.answer(body, next: shown.next, to: request)
            .with("Content-Type", "text/csv; charset=utf-8; header=present")
            .with("Content-Disposition", "attachment; filename=\"invoices.csv\"")
    }

    private func shown(
        _ request: HTTPRequest, _ page: ListPage, _ readers: [InvoiceFilter.Audience], names: Bool
    ) async throws -> Shown {
        let isForClient = request.queryValue("billed_to") == "me"
        guard let audience = isForClient ? readers.last : readers.first else { throw Problem.forbidden() }
        var filter = InvoiceFilter(
            audience: audience, limit: page.limit + 1, now: route.context.clock.now())
        try filter.read(request, cursor: page.cursor)
        let counts = request.queryValue("count") == "true"
        let asked = filter
        return try await route.read { tx in
            let (invoices, sort) = try asked.invoices(in: tx)
            let shown = Array(invoices.prefix(page.limit))
            let isMore = invoices.count > page.limit
            return Shown(
                invoices: audience.isClient ? shown.map(\.forClient) : shown,
                next: isMore ? shown.last.flatMap { InvoiceCursor($0, sort.key)?.text } : nil,
                names: names ? try CustomerStore.names(of: shown.map(\.customerID), in: tx) : [:],
                count: counts ? try asked.count(in: tx) : nil)
        }
    }

    /// Tells how many there are; beyond the maximum only that there are more.
    static func counted(_ response: HTTPResponse, _ count: Int) -> HTTPResponse {
        let shown = response.with("X-Total-Count", String(min(count, InvoiceFilter.countMaximum)))
        return count > InvoiceFilter.countMaximum ? shown.with("X-Total-Count-Capped", "true") : shown
    }
}
