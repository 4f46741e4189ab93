import HTTPServer
import InvoiceDomain
import Primitives
import ServiceKit

/// The routes of prices.
struct PriceRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.post("/v1/prices", handler: create)
        router.get("/v1/prices", handler: list)
        router.get("/v1/prices/{id}", handler: fetch)
        router.patch("/v1/prices/{id}", handler: update)
        router.delete("/v1/prices/{id}", handler: delete)
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.new) { scope, input, tx in
            let price = try CreatePrice(
                organizationID: scope.organizationID, input: input, now: scope.now
            ).run(in: tx)
            let response = HTTPResponse.json(201, PriceJSON.bytes(price))
                .with("Location", "/v1/prices/\(price.id)")
            return TenantRoute.Answer(response: response, events: [])
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.changes) { scope, given, tx in
            let price = try UpdatePrice(
                id: given.id, organizationID: scope.organizationID, isActive: given.isActive, now: scope.now
            ).run(in: tx)
            return TenantRoute.Answer(response: .json(200, PriceJSON.bytes(price)), events: [])
        }
    }

    private static func new(_ request: HTTPRequest) throws -> PriceInput {
        let fields = try request.fields()
        guard let input = PriceInput(fields) else { throw fields.invalid }
        return input
    }

    private static func id(_ request: HTTPRequest) throws -> PriceID {
        try request.id("id", of: Kind.Price.self)
    }

    private static let fixed = [
        "plan_id", "currency", "interval", "interval_count", "model", "unit_amount", "package_size", "tiers",
        "meter", "aggregation", "trial_days", "tax_rates",
    ]

    private static func changes(_ request: HTTPRequest) throws -> (id: PriceID, isActive: Bool?) {
        let id = try id(request)
        let fields = try request.fields()
        for name in fixed where fields.contains(name) {
            fields.refuse(name, "immutable", "A price does not change. Archive it and make another one.")
        }
        let isActive = fields.bool("active")
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, isActive)
    }

    @Sendable private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            try DeletePrice(id: id, organizationID: scope.organizationID).run(in: tx)
            return TenantRoute.Answer(response: .empty(), events: [])
        }
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try Self.id(request)
        let price = try await route.read { tx in try PriceStore.find(id, of: scope.organizationID, in: tx) }
        guard let price else { throw Problem.notFound }
        return .json(200, PriceJSON.bytes(price))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let page = try Page<Kind.Price>(request)
        let isActive = try request.activeFilter()
        let planID = request.queryValue("plan_id").flatMap { PlanID($0) }
        if request.queryValue("plan_id") != nil, planID == nil {
            throw InvalidFields(
                field: "plan_id", code: "malformed", message: "This must be an id that starts with pln_.")
        }
        let prices = try await route.read { tx in
            try PriceStore.list(
                of: scope.organizationID, planID: planID, isActive: isActive, before: page.cursor,
                limit: page.limit + 1, in: tx)
        }
        return page.answer(prices, to: request, id: \.id, body: PriceJSON.bytes)
    }
}

/// Writes prices as the interface shows them.
enum PriceJSON {
    static func bytes(_ price: Price) -> [UInt8] {
        var writer = JSONWriter()
        write(price, into: &writer)
        return writer.bytes
    }

    static func bytes(_ prices: [Price]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * prices.count)
        writer.beginArray()
        for price in prices { write(price, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ price: Price, into writer: inout JSONWriter) {
        let terms = price.terms
        writer.beginObject()
        writer.member("id", price.id)
        writer.member("plan_id", price.planID)
        writer.member("currency", terms.currency.code.lowercased())
        writer.member("interval", terms.interval.unit.rawValue)
        writer.member("interval_count", terms.interval.count)
        writer.member("model", terms.scheme.model)
        write("unit_amount", terms.scheme.unitPrice?.inUnits(of: terms.currency), into: &writer)
        write("package_size", terms.scheme.packageSize?.decimal, into: &writer)
        if let tiers = terms.scheme.tiers { write(tiers, in: terms.currency, into: &writer) }
        writer.member("meter", terms.metering?.meter)
        writer.member("aggregation", terms.metering?.aggregation.rawValue)
        writer.member("trial_days", terms.trialDays)
        writer.member("tax_rates", strings: terms.taxRates.map(\.description))
        writer.member("active", price.isActive)
        writer.member("used", price.isUsed)
        writer.member("created_at", price.createdAt)
        writer.member("updated_at", price.updatedAt)
        writer.endObject()
    }

    private static func write(_ tiers: PriceTiers, in currency: Currency, into writer: inout JSONWriter) {
        writer.key("tiers")
        writer.beginArray()
        for tier in tiers.all {
            writer.beginObject()
            write("up_to", tier.upTo?.decimal, into: &writer)
            write("unit_amount", tier.unitPrice.inUnits(of: currency), into: &writer)
            writer.member("flat_amount", decimal: Money(minorUnits: tier.fee, currency: currency))
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ name: String, _ decimal: ExactDecimal?, into writer: inout JSONWriter) {
        guard let decimal else { return }
        writer.key(name)
        writer.number(text: decimal.text)
    }
}
