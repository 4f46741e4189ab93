import Crypto
import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Where a payer confirms a charge that the bank asks about: after login by the page in the mail, or by a pay link.
///
/// The answers hold the bank's address for this one charge: they are never stored, and asking again is harmless.
struct ConfirmationRoutes {
    let context: ServiceContext
    let desk: PaymentDesk
    let settings: PaymentSettings
    let confirm: ConfirmPayment

    func add(to router: inout Router) {
        router.get("/v1/attempts/{id}") { try await show($0) }
        router.post("/v1/attempts/{id}/confirm") { try await confirmOwn($0) }
        router.post("/v1/invoices/pay/{token}/confirm") { try await confirmByLink($0) }
    }

    private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        Self.response(try await own(request))
    }

    private func confirmOwn(_ request: HTTPRequest) async throws -> HTTPResponse {
        let record = try await own(request)
        return Self.response(
            try await confirm(
                record, returnTo: "\(context.publicURL)/confirm/\(record.attemptID)?returned=1"))
    }

    /// The attempt of the payer who is logged in.
    private func own(_ request: HTTPRequest) async throws -> AttemptRecord {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsPay)
        let id = try request.id("id", of: Kind.Attempt.self)
        let record = try await context.pool.transaction { tx in try AttemptRecord.find(id, in: tx) }
        guard let record, record.accountID == principal.accountID else { throw Problem.notFound }
        return record
    }

    /// The attempt that holds the invoice of a link.
    private func confirmByLink(_ request: HTTPRequest) async throws -> HTTPResponse {
        let token = request.parameters["token"]
        let link: PayLink
        do throws(PayLinkToken.Failure) {
            link = try settings.payLinks.verify(token)
        } catch {
            throw Problem.notFound
        }
        let view = try await desk.find(InvoiceID(link.invoiceID))
        try PaymentRules.checkLink(view, generation: Int64(link.generation), now: context.clock.now())
        let record = try await context.pool.transaction { tx in
            try view.leasedBy.flatMap { try AttemptRecord.find($0, in: tx) }
        }
        // A charge that nobody waited for is confirmed by its payer after login, not by whoever has a link.
        guard let record, !record.isOffSession else {
            throw Problem.conflict("nothing_to_confirm", "No payment by this link waits to be confirmed")
        }
        return Self.response(
            try await confirm(record, returnTo: "\(context.publicURL)/pay/invoice/\(token)?returned=1"))
    }

    private static func response(_ answer: ConfirmPayment.Answer) -> HTTPResponse {
        switch answer {
        case .state(let record): return response(record)
        case .page(let address):
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("state", "requires_action")
            writer.member("redirect_url", address)
            writer.endObject()
            return .json(200, writer.bytes).with("Cache-Control", "no-store")
        }
    }

    private static func response(_ record: AttemptRecord) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", record.attemptID)
        writer.member("invoice_id", record.invoiceID)
        writer.member("state", record.state.word)
        writer.member("amount", decimal: record.amount)
        writer.member("currency", record.amount.currency.code.lowercased())
        if case .requiresAction(let until) = record.state { writer.member("confirm_before", until) }
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }
}

extension AttemptState {
    /// The word that payers are told.
    fileprivate var word: String {
        switch self {
        case .held, .ready, .inFlight, .unknown, .needsReview: "processing"
        case .requiresAction: "requires_action"
        case .succeeded: "succeeded"
        case .declined: "declined"
        case .cancelled: "cancelled"
        }
    }
}
