import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// The routes of subscriptions.
struct SubscriptionRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks

    func add(to router: inout Router) {
        router.post("/v1/subscriptions", handler: create)
        router.get("/v1/subscriptions", handler: list)
        router.get("/v1/subscriptions/{id}", handler: fetch)
        router.post("/v1/subscriptions/{id}/change", handler: change)
        router.post("/v1/subscriptions/{id}/change/preview", handler: preview)
        router.post("/v1/subscriptions/{id}/cancel", handler: cancel)
        router.post("/v1/subscriptions/{id}/pause", handler: pause)
        router.post("/v1/subscriptions/{id}/resume", handler: resume)
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Self.new) { scope, input, tx in
            let change = try CreateSubscription(
                organizationID: scope.organizationID, input: input, links: links, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            let response = HTTPResponse.json(201, SubscriptionJSON.bytes(change.subscription))
                .with("Location", "/v1/subscriptions/\(change.subscription.id)")
            return TenantRoute.Answer(response: response, events: change.events)
        }
    }

    private static func new(_ request: HTTPRequest) throws -> SubscriptionInput {
        let body = try request.json()
        let fields = FieldReader(body)
        guard let input = SubscriptionInput(fields, body: body) else { throw fields.invalid }
        return input
    }

    private static func id(_ request: HTTPRequest) throws -> SubscriptionID {
        try request.id("id", of: Kind.Subscription.self)
    }

    private struct Change: Sendable {
        let id: SubscriptionID
        let items: [SubscriptionItemInput]
        let settlement: ChangeSubscription.Settlement

        init(_ request: HTTPRequest) throws {
            id = try SubscriptionRoutes.id(request)
            let fields = try request.fields()
            let items = SubscriptionItemInput.all(fields)
            let settlement = fields.choice("proration", ChangeSubscription.Settlement.self)
            guard let items, fields.errors.isEmpty else { throw fields.invalid }
            self.items = items
            self.settlement = settlement ?? .nextInvoice
        }

        func useCase(_ scope: TenantRoute.Scope, _ links: PayLinks) -> ChangeSubscription {
            ChangeSubscription(
                id: id, organizationID: scope.organizationID, items: items, settlement: settlement,
                links: links, now: scope.now, cause: scope.cause)
        }
    }

    @Sendable private func change(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Change.init) { scope, given, tx in
            Self.answer(try given.useCase(scope, links).run(in: tx))
        }
    }

    @Sendable private func preview(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.preview(request, .invoicesWrite, reading: Change.init) { scope, given, tx in
            let preview = try given.useCase(scope, links).preview(in: tx)
            return .json(200, try SubscriptionJSON.bytes(preview, at: scope.now))
        }
    }

    private struct Cancellation: Sendable {
        let id: SubscriptionID
        let moment: EndSubscription.Moment
        let openInvoices: EndSubscription.OpenInvoices
        let prorates: Bool

        init(_ request: HTTPRequest) throws {
            id = try SubscriptionRoutes.id(request)
            let fields = try request.optionalFields()
            moment = fields.choice("at", EndSubscription.Moment.self) ?? .periodEnd
            openInvoices = fields.choice("open_invoices", EndSubscription.OpenInvoices.self) ?? .keep
            prorates = fields.bool("prorate") ?? false
            if prorates, moment == .periodEnd {
                fields.refuse("prorate", "conflicting", "At the end of a period nothing of it is left.")
            }
            guard fields.errors.isEmpty else { throw fields.invalid }
        }
    }

    @Sendable private func cancel(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Cancellation.init) {
            scope, given, tx in
            let change = try EndSubscription(
                id: given.id, organizationID: scope.organizationID, moment: given.moment,
                openInvoices: given.openInvoices, prorates: given.prorates, links: links, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return Self.answer(change)
        }
    }

    @Sendable private func pause(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await pause(request, .pause)
    }

    @Sendable private func resume(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await pause(request, .resume)
    }

    private func pause(_ request: HTTPRequest, _ wish: PauseSubscription.Wish) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            let change = try PauseSubscription(
                id: id, organizationID: scope.organizationID, wish: wish, links: links, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return Self.answer(change)
        }
    }

    private static func answer(_ change: SubscriptionChange) -> TenantRoute.Answer {
        TenantRoute.Answer(
            response: .json(200, SubscriptionJSON.bytes(change.subscription)), events: change.events)
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try Self.id(request)
        let subscription = try await route.read { tx in
            try SubscriptionStore.find(id, of: scope.organizationID, at: scope.now, in: tx)
        }
        guard let subscription else { throw Problem.notFound }
        return .json(200, SubscriptionJSON.bytes(subscription))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let page = try Page<Kind.Subscription>(request)
        let customerID = request.queryValue("customer_id").flatMap { CustomerID($0) }
        if request.queryValue("customer_id") != nil, customerID == nil {
            throw InvalidFields(
                field: "customer_id", code: "malformed", message: "This must be an id that starts with cus_.")
        }
        let subscriptions = try await route.read { tx in
            try SubscriptionStore.list(
                of: scope.organizationID, customerID: customerID, before: page.cursor, limit: page.limit + 1,
                at: scope.now, in: tx)
        }
        return page.answer(subscriptions, to: request, id: \.id, body: SubscriptionJSON.bytes)
    }
}
