import HTTPServer
import Primitives
import ServiceKit

/// The routes that do one thing to many invoices: 200 with a result for each, in the order in which they were given.
struct BulkRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks

    func add(to router: inout Router) {
        router.post("/v1/invoices/bulk/send", handler: send)
        router.post("/v1/invoices/bulk/void", handler: void)
    }

    @Sendable private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request) { fields in
            .send(finalizesDrafts: fields.bool("finalize") ?? false, links: links)
        }
    }

    @Sendable private func void(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request) { _ in .void }
    }

    private func change(
        _ request: HTTPRequest, _ work: (FieldReader) -> BulkChange.Work
    ) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: { try Self.asked($0, work) }) {
            scope, asked, tx in
            let (outcomes, events) = try BulkChange(
                ids: asked.ids, organizationID: scope.organizationID, work: asked.work, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: .json(200, Self.json(outcomes)), events: events)
        }
    }

    private static func asked(
        _ request: HTTPRequest, _ work: (FieldReader) -> BulkChange.Work
    ) throws -> (ids: [String], work: BulkChange.Work) {
        let fields = try request.fields()
        let given = fields.strings("ids", count: 1...BulkChange.invoicesMaximum, maximumLength: 64)
        let ids = fields.require("ids", given) ?? []
        if Set(ids).count < ids.count { fields.refuse("ids", "repeated", "Name each invoice once.") }
        let asked = work(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (ids, asked)
    }

    private static func json(_ outcomes: [BulkChange.Outcome]) -> [UInt8] {
        var writer = JSONWriter(capacity: 96 * outcomes.count)
        writer.beginArray()
        for outcome in outcomes {
            writer.beginObject()
            writer.member("id", outcome.id)
            writer.member("status", outcome.problem?.status ?? 200)
            writer.member("code", outcome.problem?.code ?? "ok")
            writer.member("title", outcome.problem?.title)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
