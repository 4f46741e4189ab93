import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Credit: what senders owe clients from earlier payments, and what the next invoice uses.
struct CreditRoutes {
    let context: ServiceContext

    func add(to router: inout Router) {
        router.get("/v1/credits") { try await list($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let caller = try await WalletCaller(request, in: context, client: .billsRead, sender: .paymentsRead)
        let page = try Page<Kind.Credit>(request)
        let rows = try await context.pool.transaction { tx in
            try CreditStore.list(of: caller.owner, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.id) { WalletJSON.array($0, Self.write) }
    }

    private static func write(_ credit: CreditStore.Stored, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", credit.id)
        writer.member("organization_id", credit.organizationID)
        writer.member("customer_id", credit.customerID)
        writer.member("currency", credit.balance.currency.code.lowercased())
        writer.member("balance", decimal: credit.balance)
        writer.member("created_at", credit.createdAt)
        writer.endObject()
    }
}
