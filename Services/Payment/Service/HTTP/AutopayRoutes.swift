import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// A client attaches a saved card to an invoice that was received, or to the whole series that it is one of.
struct AutopayRoutes {
    let context: ServiceContext
    let mandates: SetMandate
    let desk: PaymentDesk

    func add(to router: inout Router) {
        router.put("/v1/invoices/{id}/autopay") { try await attachToInvoice($0) }
        router.get("/v1/invoices/{id}/autopay") { try await show($0) }
        router.delete("/v1/invoices/{id}/autopay") { try await detach($0, of: Kind.Invoice.self) }
        router.put("/v1/recurring_invoices/{id}/autopay") { try await attachToSeries($0) }
        router.get("/v1/recurring_invoices/{id}/autopay") { try await showSeries($0) }
        router.delete("/v1/recurring_invoices/{id}/autopay") {
            try await detach($0, of: Kind.RecurringInvoice.self)
        }
    }

    private enum Covered: String, CaseIterable {
        case invoice
        case series
    }

    private func attachToInvoice(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let view = try await received(request, by: account)
        let body = try request.json()
        let fields = FieldReader(body)
        var scope = MandateScope.invoice(view.payable.invoiceID)
        if fields.choice("covers", Covered.self) == .series {
            if let series = view.recurringInvoiceID {
                scope = .series(series)
            } else {
                fields.refuse("covers", "unknown_value", "This invoice is not one of a series.")
            }
        }
        return try await attach(request, account, view, scope, fields, body)
    }

    private func attachToSeries(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let series = try request.id("id", of: Kind.RecurringInvoice.self)
        let view = try await desk.findLatest(of: series, billedTo: account)
        let body = try request.json()
        return try await attach(request, account, view, .series(series), FieldReader(body), body)
    }

    private func attach(
        _ request: HTTPRequest, _ account: AccountID, _ view: PayableStore.View, _ scope: MandateScope,
        _ fields: FieldReader, _ body: JSONNode
    ) async throws -> HTTPResponse {
        let wanted = MandateStore.Wanted(
            organizationID: view.organizationID, accountID: account, scope: scope,
            terms: try MandateTerms(fields, body, currency: view.payable.currency),
            coversFrom: Instant(microseconds: 0), consentedFrom: request.context.clientAddress)
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { [mandates] tx in
                if case .invoice = scope,
                    let now = try PayableStore.find(
                        view.payable.invoiceID, locks: false, in: tx)
                {
                    try PaymentRules.checkOpen(now)
                }
                let result = try mandates.enable(wanted, in: tx)
                return try claim.answer(.json(200, MandateJSON.bytes(result)), in: tx)
            }
        }
    }

    /// What will pay the invoice: the permission that counts for it, whatever it covers, and the charge.
    private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsRead)
        let view = try await received(request, by: principal.accountID)
        let invoice = view.payable.invoiceID
        let part = view.instalments.next?.instalment.number ?? ChargePlan.wholeInvoice
        return try await context.pool.transaction(.snapshot) { tx in
            let mandate = try MandateStore.covering(invoice, in: tx)
            let charge = try mandate.flatMap {
                try ChargeStore.find(
                    ChargePlan.id(invoice: invoice, part: part, mandate: $0.mandate.id),
                    in: tx)
            }
            return .json(200, Self.json(mandate, charge: charge))
        }
    }

    private func showSeries(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsRead)
        let series = try request.id("id", of: Kind.RecurringInvoice.self)
        let view = try await desk.findLatest(of: series, billedTo: principal.accountID)
        return try await context.pool.transaction(.snapshot) { tx in
            let own = try MandateStore.find(of: principal.accountID, covering: series.raw, in: tx)
            let senders = try MandateStore.find(
                of: principal.accountID, covering: view.organizationID.raw, in: tx)
            let mandate = [own, senders].compactMap { $0 }.first { $0.mandate.status != .revoked }
            return .json(200, Self.json(mandate, charge: nil))
        }
    }

    private func detach<Entity: Identified>(
        _ request: HTTPRequest, of kind: Entity.Type
    ) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let id = try request.id("id", of: kind)
        return try await context.pool.transaction { [mandates] tx in
            let result = try mandates.change(to: .revoked, in: tx) { tx in
                try MandateStore.find(of: account, covering: id.raw, in: tx)
            }
            return .json(200, MandateJSON.bytes(result))
        }
    }

    private func received(_ request: HTTPRequest, by account: AccountID) async throws -> PayableStore.View {
        try await desk.find(try request.id("id", of: Kind.Invoice.self), billedTo: account)
    }

    private static func json(_ mandate: MandateStore.Stored?, charge: ChargeStore.Charge?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("enabled", mandate?.mandate.status == .active)
        writer.member("covers", mandate?.scope.name)
        if let mandate {
            writer.key("mandate")
            MandateJSON.write(SetMandate.Result(stored: mandate, underWay: []), into: &writer)
        }
        if let charge {
            writer.key("charge")
            writer.raw(charge.json)
        }
        writer.endObject()
        return writer.bytes
    }
}
