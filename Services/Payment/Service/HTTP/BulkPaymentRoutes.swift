import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// Records for many invoices that everything open came by hand: 200 with a result for each, in the order given.
struct BulkPaymentRoutes {
    let context: ServiceContext
    let desk: PaymentDesk
    let record: RecordManualPayments

    func add(to router: inout Router) {
        router.post("/v1/invoices/bulk/mark_paid") { try await markPaid($0) }
    }

    private func markPaid(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.require(.paymentsWrite)
        let tenant = try principal.tenant(of: request)
        let fields = try request.fields()
        let given = fields.strings("ids", count: 1...RecordManualPayments.invoicesMaximum, maximumLength: 64)
        let ids = fields.require("ids", given) ?? []
        if Set(ids).count < ids.count { fields.refuse("ids", "repeated", "Name each invoice once.") }
        guard fields.errors.isEmpty else { throw fields.invalid }
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let outcomes = try await context.pool.transaction { [record] tx in
                let outcomes = try record(ids, for: tenant, in: tx)
                _ = try claim.answer(.json(200, Self.json(ids, outcomes, echoed: [])), in: tx)
                return outcomes
            }
            return .json(200, Self.json(ids, outcomes, echoed: try await echoes(of: outcomes)))
        }
    }

    /// The invoices that show the payment already; after the first that does not, nobody is kept waiting.
    private func echoes(of outcomes: [RecordManualPayments.Outcome]) async throws -> Set<InvoiceID> {
        var echoed: Set<InvoiceID> = []
        for outcome in outcomes {
            guard case .recorded(let id) = outcome else { continue }
            guard try await desk.echo(of: id).hasEchoed else { return echoed }
            echoed.insert(id)
        }
        return echoed
    }

    /// 200 for what a GET of the invoice shows already, 202 for what it will show.
    private static func json(
        _ ids: [String], _ outcomes: [RecordManualPayments.Outcome], echoed: Set<InvoiceID>
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 96 * ids.count)
        writer.beginArray()
        for (id, outcome) in zip(ids, outcomes) {
            writer.beginObject()
            writer.member("id", id)
            switch outcome {
            case .unchanged: writer.member("status", 200)
            case .recorded(let id): writer.member("status", echoed.contains(id) ? 200 : 202)
            case .refused(let problem): writer.member("status", problem.status)
            }
            if case .refused(let problem) = outcome {
                writer.member("code", problem.code)
                writer.member("title", problem.title)
            } else {
                writer.member("code", "ok")
            }
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
