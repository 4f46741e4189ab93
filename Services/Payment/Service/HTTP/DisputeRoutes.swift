import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// What clients of an organization objected to at their banks.
struct DisputeRoutes {
    let context: ServiceContext

    func add(to router: inout Router) {
        router.get("/v1/disputes") { try await list($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.require(.paymentsRead)
        let organization = try principal.tenant(of: request)
        let page = try Page<Kind.Dispute>(request)
        var status: DisputeStatus?
        if let word = request.queryValue("status") {
            guard let known = DisputeStatus(rawValue: word) else {
                throw InvalidFields(
                    field: "status", code: "unknown_value", message: "This must be opened, won or lost.")
            }
            status = known
        }
        let disputes = try await context.pool.transaction { [status] tx in
            try DisputeStore.list(
                of: organization, status: status, after: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(disputes, to: request, id: \.id) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for dispute in shown { Self.write(dispute, into: &writer) }
            writer.endArray()
            return writer.bytes
        }
    }

    private static func write(_ dispute: DisputeStore.Stored, into writer: inout JSONWriter) {
        let withheld = dispute.status == .won ? 0 : dispute.withheldMinor
        writer.beginObject()
        writer.member("id", dispute.id)
        writer.member("payment_id", dispute.paymentID)
        writer.member("invoice_id", dispute.invoiceID)
        writer.member("status", dispute.status.rawValue)
        writer.member("reason", dispute.reason)
        writer.member("currency", dispute.amount.currency.code.lowercased())
        writer.member("amount", decimal: dispute.amount)
        writer.member(
            "withheld", decimal: Money(minorUnits: withheld, currency: dispute.amount.currency))
        writer.member("opened_at", dispute.openedAt)
        writer.member("closed_at", dispute.closedAt)
        writer.endObject()
    }
}
