import HTTPServer
import Observability
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// What people who run the platform have to find out: charges of which nobody knows what became of them, and news of the
/// gateway that do not fit the books.
struct ReviewRoutes {
    let context: ServiceContext
    let resolve: ResolveAttempt

    func add(to router: inout Router) {
        router.get("/v1/attempts") { try await list($0) }
        router.post("/v1/attempts/{id}/resolve") { try await settle($0) }
        router.post("/v1/gateway/notices/{event_id}/settle") { try await settleNotice($0) }
    }

    /// In doubt, newest first.
    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try await context.operatorsID(request)
        let page = try Page<Kind.Attempt>(request)
        let rows = try await context.pool.transaction { tx in
            try AttemptRecord.inDoubt(before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.attemptID) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for record in shown { Self.write(record, into: &writer) }
            writer.endArray()
            return writer.bytes
        }
    }

    private func settle(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await context.operatorsID(request)
        let attempt = try request.id("id", of: Kind.Attempt.self)
        let fields = try request.fields()
        let isCharged = fields.require("charged", fields.bool("charged"))
        let reference = fields.string("reference", minimumLength: 1, maximumLength: 255)
        if isCharged == true { _ = fields.require("reference", reference) }
        let reason = fields.require("reason", fields.string("reason", minimumLength: 1, maximumLength: 500))
        guard let isCharged, let reason, fields.errors.isEmpty else { throw fields.invalid }
        let resolution: AttemptEvent.Resolution =
            isCharged ? .charged(reference: reference ?? "") : .notCharged
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            let record = try await resolve(resolution, of: attempt)
            context.log.warning(
                "a charge in doubt was settled",
                [
                    "attempt_id": LogValue(attempt), "account_id": LogValue(account),
                    "reason": .string(reason),
                ])
            var writer = JSONWriter()
            Self.write(record, into: &writer)
            return try await context.pool.transaction { [bytes = writer.bytes] tx in
                try claim.answer(.json(200, bytes), in: tx)
            }
        }
    }

    private func settleNotice(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await context.operatorsID(request)
        let event = request.parameters["event_id"]
        let fields = try request.fields()
        let reason = fields.require("reason", fields.string("reason", minimumLength: 1, maximumLength: 500))
        guard let reason, fields.errors.isEmpty else { throw fields.invalid }
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { tx in
                guard try GatewayNoticeStore.settle(event, reason: "\(account): \(reason)", in: tx) else {
                    throw Problem.notFound
                }
                return try claim.answer(HTTPResponse(status: 204), in: tx)
            }
        }
    }

    private static func write(_ record: AttemptRecord, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", record.attemptID)
        writer.member("payment_id", record.paymentID)
        writer.member("organization_id", record.organizationID)
        writer.member("invoice_id", record.invoiceID)
        writer.member("state", record.state.storedWord)
        if case .needsReview(let reason) = record.state { writer.member("reason", reason) }
        writer.member("amount", decimal: record.amount)
        writer.member("currency", record.amount.currency.code.lowercased())
        writer.member("sent_at", record.sentAt)
        writer.member("sends", Int64(record.sends))
        writer.member("gateway_reference", record.gatewayReference)
        writer.endObject()
    }
}
