import HTTPServer
import InvoiceDomain
import Primitives
import ServiceKit

/// The routes by which a sender reads, revokes and renews the pay link of an invoice.
struct PayLinkRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks

    /// No link lives longer than this.
    private static let lifeMaximum = Duration.seconds(3 * 365 * 86_400)

    func add(to router: inout Router) {
        router.get("/v1/invoices/{id}/payment_link", handler: show)
        router.post("/v1/invoices/{id}/payment_link/revoke", handler: revoke)
        router.post("/v1/invoices/{id}/payment_link/renew", handler: renew)
    }

    /// Whoever has the link may see and pay the invoice: the answer is kept nowhere.
    @Sendable private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesWrite)
        let id = try request.id("id", of: Kind.Invoice.self)
        let found = try await route.read { tx in
            try InvoiceStore.find(id, of: scope.organizationID, in: tx).map {
                ($0, try CreateInvoice.organization(scope.organizationID, in: tx).domain)
            }
        }
        guard let (invoice, domain) = found else { throw Problem.notFound }
        guard let number = invoice.number else { throw InvoiceRuleViolation.isDraft }
        let (link, state) = (invoice.changing.payLink, invoice.changing.standing)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("invoice_id", id)
        writer.member(
            "url",
            links.address(number: number, invoiceID: id, generation: link.generation, domain: domain))
        writer.member("token", links.token(number: number, invoiceID: id, generation: link.generation))
        writer.member("expires_at", link.expiresAt)
        writer.member("one_time", link.isOneTime)
        writer.member("is_expired", link.expiresAt.map { $0 <= scope.now } ?? false)
        writer.member("is_payable", state.amountDue > 0)
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }

    @Sendable private func revoke(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await replace(request) { _, _ in .asBefore }
    }

    @Sendable private func renew(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await replace(request) { fields, now in
            let end = fields.parsed("expires_at", "a date and time such as 2026-03-31T12:00:00Z") {
                Instant(rfc3339: $0)
            }
            if let end, end <= now || end > now + Self.lifeMaximum {
                fields.refuse("expires_at", "out_of_range", "A link lives from now on, up to three years.")
            }
            return .renewed(until: end, isOneTime: fields.bool("one_time"))
        }
    }

    private func replace(
        _ request: HTTPRequest, _ read: @escaping @Sendable (FieldReader, Instant) -> ReplacePayLink.Life
    ) async throws -> HTTPResponse {
        let clock = route.context.clock
        return try await route.change(
            request, .invoicesWrite,
            reading: { request in
                let id = try request.id("id", of: Kind.Invoice.self)
                let fields = try request.optionalFields()
                let life = read(fields, clock.now())
                guard fields.errors.isEmpty else { throw fields.invalid }
                return (id: id, life: life)
            },
            { scope, given, tx in
                let change = try ReplacePayLink(
                    id: given.id, organizationID: scope.organizationID, life: given.life, now: scope.now,
                    cause: scope.cause
                ).run(in: tx)
                return TenantRoute.Answer(
                    response: .json(
                        200, InvoiceJSON.bytes(change.invoice, lines: change.lines, at: scope.now)),
                    events: change.events)
            })
    }
}
