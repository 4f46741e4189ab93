import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// A client's permissions for senders: the automatic payment switch.
struct MandateRoutes {
    let context: ServiceContext
    let mandates: SetMandate
    let desk: PaymentDesk

    func add(to router: inout Router) {
        router.put("/v1/mandates/{organization_id}") { try await put($0) }
        router.get("/v1/mandates") { try await list($0) }
        router.post("/v1/mandates/{id}/pause") { try await change($0, to: .paused) }
        router.post("/v1/mandates/{id}/resume") { try await change($0, to: .active) }
        router.post("/v1/mandates/{id}/revoke") { try await change($0, to: .revoked) }
    }

    private func put(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let organization = try request.id("organization_id", of: Kind.Organization.self)
        let body = try request.json()
        let fields = FieldReader(body)
        guard let isEnabled = fields.require("enabled", fields.bool("enabled")) else { throw fields.invalid }
        let includesOpen = isEnabled ? fields.bool("include_open_invoices") ?? false : false
        let terms = isEnabled ? try MandateTerms(fields, body, currency: nil) : nil
        let wanted = terms.map { terms in
            MandateStore.Wanted(
                organizationID: organization, accountID: account, scope: .sender, terms: terms,
                coversFrom: includesOpen ? Instant(microseconds: 0) : context.clock.now(),
                consentedFrom: request.context.clientAddress)
        }
        if isEnabled { try await desk.waitForSender(organization, of: account) }
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { [mandates] tx in
                let result =
                    if let wanted {
                        try mandates.enable(wanted, in: tx)
                    } else {
                        try mandates.change(to: .revoked, in: tx) { tx in
                            try MandateStore.find(of: account, covering: organization.raw, in: tx)
                        }
                    }
                return try claim.answer(.json(200, MandateJSON.bytes(result)), in: tx)
            }
        }
    }

    private func change(_ request: HTTPRequest, to status: Mandate.Status) async throws -> HTTPResponse {
        let account = try await context.payer(request)
        let mandate = try request.id("id", of: Kind.Mandate.self)
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { [mandates] tx in
                let result = try mandates.change(to: status, in: tx) { tx in
                    try MandateStore.find(mandate, of: account, in: tx)
                }
                return try claim.answer(.json(200, MandateJSON.bytes(result)), in: tx)
            }
        }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsRead)
        let mandates = try await context.pool.transaction { tx in
            try MandateStore.list(of: principal.accountID, in: tx)
        }
        var writer = JSONWriter()
        writer.beginArray()
        for mandate in mandates {
            MandateJSON.write(SetMandate.Result(stored: mandate, underWay: []), into: &writer)
        }
        writer.endArray()
        return .json(200, writer.bytes)
    }
}
