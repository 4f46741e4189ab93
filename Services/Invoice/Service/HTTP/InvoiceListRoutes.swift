import HTTPServer
import Primitives
import ServiceKit

/// The list of invoices, for senders and for those who were billed.
struct InvoiceListRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.get("/v1/invoices", handler: list)
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let page = try ListPage(request)
        let isForClient = request.queryValue("billed_to") == "me"
        guard let audience = isForClient ? readers.last : readers.first else { throw Problem.forbidden() }
        var filter = InvoiceFilter(
            audience: audience, limit: page.limit + 1, now: route.context.clock.now())
        try filter.read(request, cursor: page.cursor)
        let counts = request.queryValue("count") == "true"
        let asked = filter
        let (invoices, key, count) = try await route.read { tx in
            let (invoices, sort) = try asked.invoices(in: tx)
            return (invoices, sort.key, counts ? try asked.count(in: tx) : nil)
        }
        let shown = Array(invoices.prefix(page.limit))
        let next =
            invoices.count > page.limit ? shown.last.flatMap { InvoiceCursor($0, key)?.text } : nil
        let body = InvoiceJSON.bytes(audience.isClient ? shown.map(\.forClient) : shown)
        let response = page.answer(body, next: next, to: request)
        return count.map { Self.counted(response, $0) } ?? response
    }

    /// Tells how many there are; beyond the maximum only that there are more.
    static func counted(_ response: HTTPResponse, _ count: Int) -> HTTPResponse {
        let shown = response.with("X-Total-Count", String(min(count, InvoiceFilter.countMaximum)))
        return count > InvoiceFilter.countMaximum ? shown.with("X-Total-Count-Capped", "true") : shown
    }
}
