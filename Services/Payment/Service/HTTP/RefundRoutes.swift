import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// What was paid for an invoice, and giving it back.
struct RefundRoutes {
    let context: ServiceContext
    let desk: PaymentDesk
    let request: RequestRefund

    func add(to router: inout Router) {
        router.get("/v1/invoices/{id}/payments") { try await payments($0) }
        router.get("/v1/payments/{id}/refunds") { try await list($0) }
        router.post("/v1/payments/{id}/refunds") { try await refund($0) }
    }

    /// The sender's, and the client's whose invoice it is.
    private func payments(_ request: HTTPRequest) async throws -> HTTPResponse {
        let caller = try await WalletCaller(request, in: context, client: .billsRead, sender: .paymentsRead)
        let view = try await desk.find(try request.id("id", of: Kind.Invoice.self))
        guard caller.owner.owns(view.organizationID, view.accountID) else { throw Problem.notFound }
        let page = try Page<Kind.Payment>(request)
        let rows = try await context.pool.transaction { tx in
            try PaymentStore.list(
                of: view.payable.invoiceID, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.id) { WalletJSON.array($0, RefundJSON.write) }
    }

    private struct Sender: Sendable {
        let accountID: AccountID
        let organizationID: OrganizationID
        let paymentID: PaymentID
        let currency: Currency
    }

    private func sender(_ request: HTTPRequest, _ permission: Permission) async throws -> Sender {
        let principal = try await context.authenticate(request)
        try principal.require(permission)
        let tenant = try principal.tenant(of: request)
        let id = try request.id("id", of: Kind.Payment.self)
        let found = try await context.pool.transaction { tx in try RefundStore.organization(of: id, in: tx) }
        guard let found, found.id == tenant else { throw Problem.notFound }
        return Sender(
            accountID: principal.accountID, organizationID: tenant, paymentID: id, currency: found.currency)
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let sender = try await sender(request, .paymentsRead)
        let page = try Page<Kind.Refund>(request)
        let rows = try await context.pool.transaction { tx in
            try RefundStore.list(
                of: sender.paymentID, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.id) { WalletJSON.array($0, RefundJSON.write) }
    }

    private func refund(_ request: HTTPRequest) async throws -> HTTPResponse {
        let sender = try await sender(request, .paymentsWrite)
        let fields = try request.fields()
        let amount = fields.money("amount", sender.currency, in: 1...1_000_000_000_000_000)
        let destination = fields.choice("to", GiveBack.Destination.self)
        let note = fields.string("reason", maximumLength: 500)
        guard fields.errors.isEmpty else { throw fields.invalid }
        let wish = RequestRefund.Wish(
            paymentID: sender.paymentID, organizationID: sender.organizationID, amount: amount,
            destination: destination, note: note)
        return try await context.idempotency.perform(request, caller: "\(sender.accountID)") { claim in
            try await context.pool.transaction { [refund = self.request] tx in
                guard let stored = try RefundStore.find(refund(wish, in: tx), in: tx) else {
                    throw Problem.notFound
                }
                let status = stored.state == "succeeded" ? 201 : 202
                return try claim.answer(
                    .json(status, WalletJSON.bytes(stored, RefundJSON.write)), in: tx)
            }
        }
    }
}
