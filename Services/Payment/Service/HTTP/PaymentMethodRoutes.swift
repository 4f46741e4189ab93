import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A client's saved cards.
struct PaymentMethodRoutes {
    let context: ServiceContext
    let cards: SaveCard
    let settings: PaymentSettings

    func add(to router: inout Router) {
        router.post("/v1/payment_methods/setup") { try await begin($0) }
        router.post("/v1/payment_methods") { try await save($0) }
        router.get("/v1/payment_methods") { try await list($0) }
        router.put("/v1/payment_methods/order") { try await order($0) }
        router.post("/v1/payment_methods/{id}/default") { try await makeDefault($0) }
        router.delete("/v1/payment_methods/{id}") { try await remove($0) }
    }

    private func payer(_ request: HTTPRequest) async throws -> AccountID {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsPay)
        return principal.accountID
    }

    private func begin(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let setup = try await cards.begin(for: account)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("setup_intent", setup.reference)
        writer.member("client_secret", setup.clientSecret)
        writer.member("publishable_key", settings.gatewayPublishableKey)
        writer.member("gateway_url", settings.gatewayPublicURL)
        writer.endObject()
        return .json(201, writer.bytes)
    }

    private func save(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let fields = try request.fields()
        let setup = fields.string("setup_intent", minimumLength: 1, maximumLength: 200)
        let method = fields.string("payment_method", minimumLength: 1, maximumLength: 200)
        guard fields.errors.isEmpty else { throw fields.invalid }
        guard let source = setup.map({ SaveCard.Source.setup($0) }) ?? method.map({ .method($0) }) else {
            throw InvalidFields(field: "setup_intent", code: "required", message: "Name a finished setup.")
        }
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            let card = try await cards.save(source, for: account)
            return try await context.pool.transaction { tx in
                let all = try PaymentMethodStore.list(of: account, in: tx)
                return try claim.answer(
                    .json(201, Self.json(card, isDefault: all.first?.id == card.id)), in: tx)
            }
        }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let cards = try await context.pool.transaction { tx in
            try PaymentMethodStore.list(of: account, in: tx)
        }
        return .json(200, Self.json(cards))
    }

    /// The order in which cards stand in for each other; the first is the default.
    private func order(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let fields = try request.fields()
        let named = fields.strings("payment_method_ids", count: 1...100, maximumLength: 64)
        let ids = (fields.require("payment_method_ids", named) ?? []).map { PaymentMethodID($0) }
        guard fields.errors.isEmpty else { throw fields.invalid }
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { tx in
                let known = ids.compactMap { $0 }
                guard known.count == ids.count,
                    try PaymentMethodStore.order(known, of: account, in: tx)
                else {
                    throw InvalidFields(
                        field: "payment_method_ids", code: "incomplete",
                        message: "Name each of your cards once.")
                }
                let cards = try PaymentMethodStore.list(of: account, in: tx)
                return try claim.answer(.json(200, Self.json(cards)), in: tx)
            }
        }
    }

    private func makeDefault(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let id = try request.id("id", of: Kind.PaymentMethod.self)
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { tx in
                let cards = try PaymentMethodStore.list(of: account, in: tx).map(\.id)
                guard cards.contains(id) else { throw Problem.notFound }
                guard try PaymentMethodStore.order([id] + cards.filter { $0 != id }, of: account, in: tx)
                else { throw Problem.unavailable("The cards changed at this moment.") }
                let ordered = try PaymentMethodStore.list(of: account, in: tx)
                return try claim.answer(.json(200, Self.json(ordered)), in: tx)
            }
        }
    }

    private func remove(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let id = try request.id("id", of: Kind.PaymentMethod.self)
        try await context.pool.transaction { [cards] tx in
            guard try cards.changes.remove(id, of: account, in: tx) else { throw Problem.notFound }
        }
        return .empty()
    }

    private static func json(_ cards: [PaymentMethodStore.Stored]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for card in cards { write(card, isDefault: card.id == cards.first?.id, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func json(_ card: PaymentMethodStore.Stored, isDefault: Bool) -> [UInt8] {
        var writer = JSONWriter()
        write(card, isDefault: isDefault, into: &writer)
        return writer.bytes
    }

    private static func write(
        _ method: PaymentMethodStore.Stored, isDefault: Bool, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", method.id)
        writer.member("brand", method.card.brand)
        writer.member("last4", method.card.last4)
        writer.member("expiry_year", method.card.expiryYear)
        writer.member("expiry_month", method.card.expiryMonth)
        writer.member("position", method.position)
        writer.member("is_default", isDefault)
        writer.member("refusal", method.refusal)
        writer.member("created_at", method.createdAt)
        writer.endObject()
    }
}
