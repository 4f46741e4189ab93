import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// How a sender wants refused automatic payments to be tried again.
struct ChargingRulesRoutes {
    let context: ServiceContext
    let settings: PaymentSettings

    private static let steps = 0...8
    private static let days: ClosedRange<Int64> = 1...30

    func add(to router: inout Router) {
        router.get("/v1/charging_rules") { try await show($0) }
        router.put("/v1/charging_rules") { try await choose($0) }
    }

    private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.require(.paymentsRead)
        let organization = try principal.tenant(of: request)
        let own = try await context.pool.transaction { tx in
            try ChargingRulesStore.days(of: organization, in: tx)
        }
        return .json(200, Self.bytes(own ?? settings.ladder.days.map { Int64($0) }))
    }

    private func choose(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.require(.paymentsWrite)
        let organization = try principal.tenant(of: request)
        let fields = try request.fields()
        let given = fields.require(
            "retry_days", fields.integers("retry_days", count: Self.steps, in: Self.days))
        guard let given, fields.errors.isEmpty else { throw fields.invalid }
        let now = context.clock.now()
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            try await context.pool.transaction { tx in
                try ChargingRulesStore.keep(given, of: organization, now: now, in: tx)
                return try claim.answer(.json(200, Self.bytes(given)), in: tx)
            }
        }
    }

    private static func bytes(_ days: [Int64]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("retry_days")
        writer.beginArray()
        for day in days { writer.int(day) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
