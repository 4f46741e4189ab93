import HTTPServer
import Primitives
import ServiceKit

/// The history of an invoice: who did what and when, what was paid and given back, which mails arrived.
struct InvoiceEventRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.get("/v1/invoices/{id}/events", handler: events)
    }

    @Sendable private func events(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try request.id("id", of: Kind.Invoice.self)
        let page = try ListPage(request)
        let position = page.cursor.flatMap { AuditEntry.Position($0) }
        guard page.cursor == nil || position != nil else {
            throw Problem.invalid([
                FieldError(field: "cursor", code: "malformed", message: "This is not a cursor of this list.")
            ])
        }
        let entries = try await route.read { tx in
            try AuditEntry.page(
                of: id, scope.organizationID, before: position, limit: page.limit + 1, in: tx)
        }
        // Something has happened to every invoice: at least it was created.
        guard position != nil || !entries.isEmpty else { throw Problem.notFound }
        let shown = Array(entries.prefix(page.limit))
        let next = entries.count > page.limit ? shown.last?.position.text : nil
        return page.answer(AuditJSON.bytes(shown), next: next, to: request)
    }
}
