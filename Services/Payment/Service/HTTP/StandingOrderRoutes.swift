import EventContracts
import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Standing orders: the client's own, to be changed; a sender sees those for the organization.
struct StandingOrderRoutes {
    let context: ServiceContext
    let orders: OrderChanges
    let desk: PaymentDesk

    func add(to router: inout Router) {
        router.post("/v1/standing_orders") { try await create($0) }
        router.get("/v1/standing_orders") { try await list($0) }
        router.get("/v1/standing_orders/{id}") { try await fetch($0) }
        router.get("/v1/standing_orders/{id}/payments") { try await payments($0) }
        router.patch("/v1/standing_orders/{id}") { try await change($0, Self.terms) }
        router.post("/v1/standing_orders/{id}/pause") { try await change($0) { _ in .pause } }
        router.post("/v1/standing_orders/{id}/resume") { try await change($0) { _ in .resume } }
        router.post("/v1/standing_orders/{id}/cancel") { try await change($0) { _ in .cancel } }
        router.post("/v1/standing_orders/{id}/skip") {
            try await change($0) { fields in
                .skip(fields.parsed("date", "a date such as 2026-03-31") { CivilDate($0) })
            }
        }
    }

    private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let input = try StandingOrderInput(request.fields())
        try await desk.waitForSender(input.organizationID, of: account)
        let address = request.context.clientAddress
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { [orders] tx in
                let order = try orders.create(
                    to: input.organizationID, by: account, card: input.paymentMethodID,
                    amount: input.amount, consentedFrom: address, allowsFallback: input.allowsFallback, in: tx
                ) { zone, today in try input.rule(in: zone, from: today) }
                let answer = HTTPResponse.json(201, StandingOrderJSON.bytes(order))
                return try claim.answer(answer.with("Location", "/v1/standing_orders/\(order.id)"), in: tx)
            }
        }
    }

    private func change(
        _ request: HTTPRequest, _ read: (FieldReader) throws -> OrderChanges.Action
    ) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let id = try request.id("id", of: Kind.StandingOrder.self)
        // An amount is read in the currency of the order; only its payer learns that it is there.
        let fields = try request.optionalFields()
        let action = try read(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { [orders] tx in
                let order = try orders(action, to: id, of: account, in: tx)
                return try claim.answer(.json(200, StandingOrderJSON.bytes(order)), in: tx)
            }
        }
    }

    /// What holds from the next day on; an amount is given together with its currency, which stays the order's.
    private static func terms(_ fields: FieldReader) throws -> OrderChanges.Action {
        let card = fields.id("payment_method_id", of: Kind.PaymentMethod.self)
        var amount: Money?
        if fields.contains("amount") {
            amount = fields.require("currency", fields.currency("currency")).flatMap {
                fields.money("amount", $0, in: StandingOrderInput.amounts)
            }
        }
        let fallback = fields.bool("fallback")
        if amount == nil, card == nil, fallback == nil, fields.errors.isEmpty {
            fields.refuse("amount", "required", "Name what is to be changed.")
        }
        return .change(amount, card, fallback: fallback)
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let owner = try await context.payerOrSender(request)
        let page = try Page<Kind.StandingOrder>(request)
        var query = QueryReader(request)
        let filter = StandingOrderStore.Filter(
            owner: owner,
            state: query.choice("status", StandingOrderStatus.self).flatMap { status in
                SeriesState.allCases.first { $0.published == status }
            },
            organizationID: query.parsed("organization_id", "an id that starts with org_") {
                OrganizationID($0)
            }, cursor: page.cursor, limit: page.limit + 1)
        try query.finish()
        let orders = try await context.pool.transaction { tx in try StandingOrderStore.list(filter, in: tx) }
        return page.answer(orders, to: request, id: \.id, body: StandingOrderJSON.bytes)
    }

    private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        .json(200, StandingOrderJSON.bytes(try await found(request)))
    }

    private func payments(_ request: HTTPRequest) async throws -> HTTPResponse {
        let order = try await found(request)
        let page = try Page<Kind.Payment>(request)
        let days = try await context.pool.transaction { tx in
            try StandingOrderStore.days(of: order.id, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(days, to: request, id: \.paymentID) { StandingOrderJSON.bytes($0, of: order) }
    }

    private func found(_ request: HTTPRequest) async throws -> StoredOrder {
        let owner = try await context.payerOrSender(request)
        let id = try request.id("id", of: Kind.StandingOrder.self)
        let order = try await context.pool.transaction { tx in try StandingOrderStore.find(id, in: tx) }
        guard let order, owner.sees(order.accountID, order.organizationID) else { throw Problem.notFound }
        return order
    }
}
