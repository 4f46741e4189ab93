import HTTPServer
import Primitives
import ServiceKit

/// The route of statistics.
struct StatisticsRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.get("/v1/invoices/stats", handler: stats)
    }

    @Sendable private func stats(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let query = try StatisticsQuery(request)
        let results = try await route.read { tx in
            try ReadStatistics(organizationID: scope.organizationID, query: query, now: scope.now).run(in: tx)
        }
        return .json(200, StatisticsJSON.bytes(results, query))
    }
}
