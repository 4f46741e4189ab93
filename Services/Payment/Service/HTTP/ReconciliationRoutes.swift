import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// What operators see of the gateway's list held against the books.
struct ReconciliationRoutes {
    let context: ServiceContext

    func add(to router: inout Router) {
        router.get("/v1/reconciliations") { try await list($0) }
        router.get("/v1/reconciliations/{day}/differences") { try await differences($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try await context.operatorsID(request)
        let page = try Page<Kind.Reconciliation>(request)
        let days = try await context.pool.transaction(.snapshot) { tx in
            try ListedReconciliation.list(after: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(days, to: request, id: \.id) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for day in shown { day.write(to: &writer) }
            writer.endArray()
            return writer.bytes
        }
    }

    private func differences(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try await context.operatorsID(request)
        guard let day = CivilDate(request.parameters["day"]) else { throw Problem.notFound }
        let page = try Page<Kind.ReconciliationDifference>(request)
        let rows = try await context.pool.transaction(.snapshot) { tx in
            try ListedDifference.list(of: day, after: page.cursor, limit: page.limit + 1, in: tx)
        }
        guard let rows else { throw Problem.notFound }
        return page.answer(rows, to: request, id: \.id) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for difference in shown { difference.write(to: &writer) }
            writer.endArray()
            return writer.bytes
        }
    }
}
