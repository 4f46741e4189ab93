import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Coming and past automatic payments: the client's own, or those of a sender's invoices.
struct ChargeRoutes {
    let context: ServiceContext

    func add(to router: inout Router) {
        router.get("/v1/charges") { try await list($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        let (column, owner) = try owner(of: request, principal)
        let page = try Page<Kind.ChargePlan>(request)
        let rows = try await context.pool.transaction { tx in
            try ChargeRoutes.list(of: owner, by: column, page, in: tx)
        }
        return page.answer(rows, to: request, id: \.planID) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for row in shown { writer.raw(row.json) }
            writer.endArray()
            return writer.bytes
        }
    }

    private func owner(of request: HTTPRequest, _ principal: Principal) throws -> (
        column: String, owner: RawID
    ) {
        if principal.role == .client {
            try principal.require(.billsRead)
            return ("account_id", principal.accountID.raw)
        }
        try principal.require(.paymentsRead)
        return ("organization_id", try principal.tenant(of: request).raw)
    }

    private struct Charge: Sendable {
        let planID: ChargePlanID
        let json: [UInt8]
    }

    private static func list(
        of owner: RawID, by column: String, _ page: Page<Kind.ChargePlan>, in tx: borrowing Transaction
    ) throws -> [Charge] {
        try tx.query(
            """
            SELECT p.plan_id, p.invoice_id, b.number, p.organization_id, o.name, p.state, p.charge_on, p.step, p.reason,
                   b.currency,
                   greatest(least(coalesce(b.part_through[p.part], b.total), b.total - b.credited)
                            - greatest(b.collected, coalesce(b.part_through[p.part - 1], 0)), 0),
                   y.amount, a.state, a.outcome_code, nullif(p.part, \(ChargePlan.wholeInvoice))
              FROM plans p
              JOIN payables b ON b.invoice_id = p.invoice_id
              LEFT JOIN organizations o ON o.organization_id = p.organization_id
              LEFT JOIN payments y ON y.payment_id = p.payment_id
              LEFT JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.\(column) = $1
               AND ($2::uuid IS NULL
                    OR (p.created_at, p.plan_id) < (SELECT c.created_at, c.plan_id FROM plans c WHERE c.plan_id = $2))
             ORDER BY p.created_at DESC, p.plan_id DESC LIMIT $3
            """, [owner, page.cursor, page.limit + 1]
        ).map { try charge($0) }
    }

    private static func charge(_ row: Row) throws -> Charge {
        let planID: ChargePlanID = try row[0]
        let state: ChargePlan.State = try row.get(5)
        let currency: Currency = try row[9]
        let open: Int64 = try row[10]
        let taken: Int64? = try row[11]
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", planID)
        writer.member("invoice_id", try row.get(1, as: InvoiceID.self))
        writer.member("invoice_number", try row.get(2, as: String.self))
        writer.member("organization_id", try row.get(3, as: OrganizationID.self))
        writer.member("sender", try row.get(4, as: String?.self))
        writer.member("instalment", try row.get(14, as: Int?.self))
        writer.member("state", state.rawValue)
        writer.member("charge_on", try row.get(6, as: CivilDate.self))
        writer.member("step", try row.get(7, as: Int.self))
        writer.member("reason", try row.get(8, as: String?.self))
        writer.member("currency", currency.code.lowercased())
        let minorUnits = state == .collected ? taken ?? 0 : open
        writer.member("amount", decimal: Money(minorUnits: minorUnits, currency: currency))
        writer.member("attempt_state", try row.get(12, as: String?.self))
        writer.member("outcome", try row.get(13, as: String?.self))
        writer.endObject()
        return Charge(planID: planID, json: writer.bytes)
    }
}
