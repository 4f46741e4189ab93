import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// The routes of usage.
struct UsageRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.post("/v1/usage_events", handler: record)
        router.get("/v1/subscriptions/{id}/usage", handler: summary)
    }

    @Sendable private func record(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.events) { scope, given, tx in
            let accepted = try RecordUsage(
                organizationID: scope.organizationID, inputs: given.inputs, now: scope.now,
                isBatch: given.isBatch
            ).run(in: tx)
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("accepted", accepted)
            writer.member("duplicates", given.inputs.count - accepted)
            writer.endObject()
            return TenantRoute.Answer(response: .json(200, writer.bytes), events: [])
        }
    }

    private static func events(
        _ request: HTTPRequest
    ) throws -> (inputs: [UsageEventInput], isBatch: Bool) {
        let fields = try request.fields()
        return (try UsageEventInput.all(fields), fields.contains("events"))
    }

    @Sendable private func summary(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try request.id("id", of: Kind.Subscription.self)
        let bytes = try await route.read { tx -> [UInt8]? in
            let found = try SubscriptionStore.find(id, of: scope.organizationID, at: scope.now, in: tx)
            guard let subscription = found else { return nil }
            let end = subscription.periodEnd ?? scope.now
            let usages = try UsageStore.unbilled(of: id, before: max(end, scope.now), in: tx)
            return try UsageJSON.bytes(usages, of: subscription)
        }
        guard let bytes else { throw Problem.notFound }
        return .json(200, bytes)
    }
}

/// Writes what a subscription has used since its last invoice, and what that comes to.
enum UsageJSON {
    static func bytes(_ usages: [String: MeteredUsage], of subscription: Subscription) throws -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("subscription_id", subscription.id)
        writer.member("currency", subscription.currency.code.lowercased())
        writer.member("period_start", subscription.periodStart)
        writer.member("period_end", subscription.periodEnd)
        writer.key("meters")
        writer.beginArray()
        for item in subscription.items {
            guard let metering = item.price.terms.metering else { continue }
            let usage = usages[metering.meter]
            let quantity = usage?.quantity(metering.aggregation) ?? .zero
            writer.beginObject()
            writer.member("meter", metering.meter)
            writer.member("aggregation", metering.aggregation.rawValue)
            writer.member("price_id", item.price.id)
            writer.key("quantity")
            writer.number(text: quantity.decimal.text)
            writer.member("events", usage?.eventCount ?? 0)
            writer.member(
                "amount", decimal: subscription.money(try item.price.terms.scheme.amount(for: quantity)))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
