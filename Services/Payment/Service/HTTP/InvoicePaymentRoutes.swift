import EventContracts
import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Paying after login, and recording money that came by another way.
struct InvoicePaymentRoutes {
    let context: ServiceContext
    let desk: PaymentDesk
    let record: RecordManualPayment

    func add(to router: inout Router) {
        router.post("/v1/invoices/{id}/pay") { try await pay($0) }
        router.post("/v1/invoices/{id}/process_payment") { try await pay($0) }
        router.put("/v1/invoices/{id}/payment") { try await setPaid($0) }
        router.post("/v1/invoices/{id}/mark_paid") { try await markPaid($0) }
    }

    /// The client pays with a saved card, from the wallet, or with both, by button.
    private func pay(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsPay)
        let invoice = try request.id("id", of: Kind.Invoice.self)
        let fields = try request.fields()
        let saved = fields.id("payment_method_id", of: Kind.PaymentMethod.self)
        let handedOver = fields.string("payment_method", minimumLength: 1, maximumLength: 200)
        let payWith = fields.choice("method", PayWith.self) ?? .card
        guard fields.errors.isEmpty else { throw fields.invalid }
        let card = saved.map { StartPayment.Card.saved($0) } ?? handedOver.map { .handedOver($0) }
        if card == nil, payWith == .card {
            throw InvalidFields(field: "payment_method_id", code: "required", message: "Choose a card.")
        }
        let view = try await desk.find(invoice)
        guard view.accountID == principal.accountID else { throw Problem.notFound }
        let portion = fields.portion(in: view.payable.currency)
        guard fields.errors.isEmpty else { throw fields.invalid }
        let wish = StartPayment.Wish(
            invoiceID: invoice, source: .button, linkGeneration: nil, accountID: principal.accountID,
            card: card, payWith: payWith, portion: portion)
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            try await desk.pay(wish, claim: claim)
        }
    }

    /// The total received by every path, as the requirements' `PUT /v1/invoices/{id}/payment` names it.
    private func setPaid(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, invoice, view) = try await senders(request)
        let fields = try request.fields()
        let amount = fields.require(
            "amount_paid", fields.money("amount_paid", view.payable.currency, in: 0...1_000_000_000_000_000))
        guard let amount, fields.errors.isEmpty else { throw fields.invalid }
        return try await record(amount.minorUnits, of: invoice, view: view, by: principal, request)
    }

    private func markPaid(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, invoice, view) = try await senders(request)
        return try await record(nil, of: invoice, view: view, by: principal, request)
    }

    private func senders(_ request: HTTPRequest) async throws -> (Principal, InvoiceID, PayableStore.View) {
        let principal = try await context.authenticate(request)
        try principal.require(.paymentsWrite)
        let tenant = try principal.tenant(of: request)
        let invoice = try request.id("id", of: Kind.Invoice.self)
        let view = try await desk.find(invoice)
        guard view.organizationID == tenant else { throw Problem.notFound }
        return (principal, invoice, view)
    }

    private func record(
        _ minorUnits: Int64?, of invoice: InvoiceID, view: PayableStore.View, by principal: Principal,
        _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        let now = context.clock.now()
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let isNew = try await context.pool.transactionUnderLease { [record] tx in
                let isNew = try record(
                    receivedMinor: minorUnits, of: invoice, for: view.organizationID, in: tx)
                _ = try claim.answer(
                    HTTPResponse.json(isNew ? 202 : 200, InvoiceJSON.bytes(view, at: now)), in: tx)
                return isNew
            }
            guard isNew else { return .json(200, InvoiceJSON.bytes(view, at: now)) }
            let (after, hasEchoed) = try await desk.echo(of: invoice)
            return .json(hasEchoed ? 200 : 202, InvoiceJSON.bytes(after, at: now))
        }
    }
}
