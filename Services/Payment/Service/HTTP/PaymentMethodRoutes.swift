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
                try claim.answer(.json(201, PaymentMethodRoutes.json(card)), in: tx)
            }
        }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let cards = try await context.pool.transaction { tx in
            try PaymentMethodStore.list(of: account, in: tx)
        }
        var writer = JSONWriter()
        writer.beginArray()
        for card in cards { writer.raw(Self.json(card)) }
        writer.endArray()
        return .json(200, writer.bytes)
    }

    private func remove(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await payer(request)
        let id = try request.id("id", of: Kind.PaymentMethod.self)
        try await context.pool.transaction { [outbox = context.outbox, clock = context.clock] tx in
            guard let removed = try PaymentMethodStore.remove(id, of: account, in: tx) else {
                throw Problem.notFound
            }
            let cause = EventCause(traceparent: nil, clockTime: clock.now())
            try outbox.write(
                removed.stored.changedEvent(isRemoved: true, sequence: removed.sequence, cause: cause), in: tx
            )
        }
        return .empty()
    }

    private static func json(_ method: PaymentMethodStore.Stored) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", method.id)
        writer.member("brand", method.card.brand)
        writer.member("last4", method.card.last4)
        writer.member("expiry_year", method.card.expiryYear)
        writer.member("expiry_month", method.card.expiryMonth)
        writer.member("created_at", method.createdAt)
        writer.endObject()
        return writer.bytes
    }
}
