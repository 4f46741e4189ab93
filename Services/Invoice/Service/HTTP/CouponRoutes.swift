import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// The routes of coupons.
struct CouponRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.post("/v1/coupons", handler: create)
        router.get("/v1/coupons", handler: list)
        router.get("/v1/coupons/{id}", handler: fetch)
        router.patch("/v1/coupons/{id}", handler: update)
        router.delete("/v1/coupons/{id}", handler: delete)
    }

    private struct New: Sendable {
        let code: String
        let discount: DiscountInput
        let input: CouponInput

        init(_ request: HTTPRequest) throws {
            let body = try request.json()
            let fields = FieldReader(body)
            input = CouponInput(fields, body: body)
            guard let code = input.code, let discount = input.discount, fields.errors.isEmpty else {
                throw fields.invalid
            }
            self.code = code
            self.discount = discount
        }
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: New.init) { scope, new, tx in
            let coupon = try CreateCoupon(
                organizationID: scope.organizationID, code: new.code, discount: new.discount,
                input: new.input, now: scope.now
            ).run(in: tx)
            let response = HTTPResponse.json(201, CouponJSON.bytes(coupon))
                .with("Location", "/v1/coupons/\(coupon.id)")
            return TenantRoute.Answer(response: response, events: [])
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.changes) { scope, given, tx in
            let coupon = try UpdateCoupon(
                id: given.id, organizationID: scope.organizationID, change: given.change, now: scope.now
            ).run(in: tx)
            return TenantRoute.Answer(response: .json(200, CouponJSON.bytes(coupon)), events: [])
        }
    }

    private static func id(_ request: HTTPRequest) throws -> CouponID {
        try request.id("id", of: Kind.Coupon.self)
    }

    private static func changes(
        _ request: HTTPRequest
    ) throws -> (id: CouponID, change: CouponInput.Change) {
        let id = try id(request)
        let body = try request.json()
        let fields = FieldReader(body)
        CouponInput.refuseFixed(fields)
        let change = CouponInput.change(fields, body)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, change)
    }

    @Sendable private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            try DeleteCoupon(id: id, organizationID: scope.organizationID).run(in: tx)
            return TenantRoute.Answer(response: .empty(), events: [])
        }
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try request.id("id", of: Kind.Coupon.self)
        let coupon = try await route.read { tx in try CouponStore.find(id, of: scope.organizationID, in: tx) }
        guard let coupon else { throw Problem.notFound }
        return .json(200, CouponJSON.bytes(coupon))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let page = try Page<Kind.Coupon>(request)
        let isActive = try request.activeFilter()
        let coupons = try await route.read { tx in
            try CouponStore.list(
                of: scope.organizationID, isActive: isActive, before: page.cursor, limit: page.limit + 1,
                in: tx)
        }
        return page.answer(coupons, to: request, id: \.id, body: CouponJSON.bytes)
    }
}

/// Writes coupons as the interface shows them.
enum CouponJSON {
    static func bytes(_ coupon: Coupon) -> [UInt8] {
        var writer = JSONWriter()
        write(coupon, into: &writer)
        return writer.bytes
    }

    static func bytes(_ coupons: [Coupon]) -> [UInt8] {
        var writer = JSONWriter(capacity: 384 * coupons.count)
        writer.beginArray()
        for coupon in coupons { write(coupon, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ coupon: Coupon, into writer: inout JSONWriter) {
        let terms = coupon.terms
        func money(_ amount: Int64?) -> Money? {
            guard let amount, let currency = terms.currency else { return nil }
            return Money(minorUnits: amount, currency: currency)
        }
        writer.beginObject()
        writer.member("id", coupon.id)
        writer.member("code", coupon.code)
        writer.member("name", coupon.name)
        if let percentage = terms.discount.percentage {
            writer.key("percent")
            writer.number(text: percentage.percent.text)
        }
        writer.member("amount", decimal: money(terms.discount.fixedAmount))
        writer.member("currency", terms.currency?.code.lowercased())
        writer.member("minimum_amount", decimal: money(terms.minimumAmount))
        writer.member("expires_at", terms.expiresAt)
        writer.member("max_redemptions", terms.maximumRedemptions)
        writer.member("max_redemptions_per_customer", terms.maximumPerCustomer)
        writer.member("redemptions", coupon.redemptions)
        writer.member("active", terms.isActive)
        if let metadata = coupon.metadata {
            writer.key("metadata")
            writer.raw(metadata.bytes)
        }
        writer.member("created_at", coupon.createdAt)
        writer.member("updated_at", coupon.updatedAt)
        writer.endObject()
    }
}
