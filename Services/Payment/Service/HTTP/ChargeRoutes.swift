import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Coming and past automatic payments: the client's own, or those of a sender's invoices; and what the client decides
/// about one of them.
struct ChargeRoutes {
    let context: ServiceContext
    let change: ChangeCharge

    func add(to router: inout Router) {
        router.get("/v1/charges") { try await list($0) }
        router.get("/v1/charges/{id}") { try await fetch($0) }
        router.post("/v1/charges/{id}/skip") { try await decide($0) { _ in .skip } }
        router.post("/v1/charges/{id}/reject") {
            try await decide($0) { .reject(note: $0.string("note", minimumLength: 1, maximumLength: 500)) }
        }
        router.post("/v1/charges/{id}/pay_now") { try await decide($0) { _ in .payNow } }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let owner = try await context.payerOrSender(request)
        let page = try Page<Kind.ChargePlan>(request)
        var query = QueryReader(request)
        let filter = ChargeStore.Filter(
            owner: owner, state: query.choice("state", ChargePlan.State.self),
            organizationID: query.parsed("organization_id", "an id that starts with org_") {
                OrganizationID($0)
            },
            from: query.date("from"), to: query.date("to"), cursor: page.cursor, limit: page.limit + 1)
        try query.finish()
        let rows = try await context.pool.transaction { tx in try ChargeStore.list(filter, in: tx) }
        return page.answer(rows, to: request, id: \.planID) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for row in shown { writer.raw(row.json) }
            writer.endArray()
            return writer.bytes
        }
    }

    private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let owner = try await context.payerOrSender(request)
        let plan = try request.id("id", of: Kind.ChargePlan.self)
        let charge = try await context.pool.transaction { tx in try ChargeStore.find(plan, in: tx) }
        guard let charge, owner.sees(charge.accountID, charge.organizationID) else { throw Problem.notFound }
        return .json(200, charge.json)
    }

    private func decide(
        _ request: HTTPRequest, _ read: (FieldReader) -> ChangeCharge.Wish
    ) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let plan = try request.id("id", of: Kind.ChargePlan.self)
        let fields = try request.optionalFields()
        let wish = read(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { [change] tx in
                try change(wish, plan, of: account, in: tx)
                guard let charge = try ChargeStore.find(plan, in: tx) else { throw Problem.notFound }
                return try claim.answer(.json(200, charge.json), in: tx)
            }
        }
    }
}
