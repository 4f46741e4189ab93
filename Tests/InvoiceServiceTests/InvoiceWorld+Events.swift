import EventContracts
import Messaging
import Postgres
import Primitives
import Testing

@testable import InvoiceService
@testable import ServiceKit

/// The events of other services, as their handlers get them.
extension InvoiceWorld {
    /// Hands events to the handler of their type in one transaction, as a consumer does.
    func deliver<Payload: EventPayload>(_ payloads: [Payload], sequence: Int64 = 1) async throws {
        let received = try payloads.map { try Self.received($0, sequence: sequence, at: clock.now()) }
        try await deliver(received)
    }

    func deliver<Payload: EventPayload>(_ received: [Received<Payload>]) async throws {
        let handlers = handlers
        try await pool.transaction { tx in
            for handler in handlers { try Self.handle(received, by: handler, in: tx) }
        }
    }

    private static func handle<Payload: EventPayload, Handler: EventHandler>(
        _ received: [Received<Payload>], by handler: Handler, in tx: borrowing Transaction
    ) throws {
        guard let batch = received as? [Received<Handler.Payload>] else { return }
        try handler.handle(batch, in: tx)
    }

    static func received<Payload: EventPayload>(
        _ payload: Payload, sequence: Int64 = 1, at now: Instant
    ) throws -> Received<Payload> {
        let event = try OutgoingEvent(
            payload, subject: AccountID(.v7()), tenant: nil, sequence: sequence,
            cause: EventCause(traceparent: nil, clockTime: now))
        let envelope = try EventEnvelope(parsing: event.body)
        return Received(envelope: envelope, payload: try JSON.decode(Payload.self, from: envelope.data))
    }

    func organizationExists(
        _ id: OrganizationID? = nil, currency: String = "USD", zone: String = "Europe/Berlin",
        prefix: String = "ACME",
        sequence: Int64 = 1
    ) async throws {
        let facts = OrganizationFacts(
            organizationID: id ?? organizationID, currency: try #require(Currency(code: currency)),
            zone: try #require(Zone(zone)), invoicePrefix: prefix, payLinkDays: 30, payLinkOneTime: false)
        try await deliver([OrganizationCreated(organization: facts)], sequence: sequence)
    }

    /// A payment over some amount for some invoices.
    func payment(
        _ amount: Int64, for invoices: [InvoiceID], id: PaymentID = PaymentID(.v7()), currency: String = "USD"
    ) throws -> PaymentFacts {
        PaymentFacts(
            paymentID: id, organizationID: organizationID, source: .autopay,
            currency: try #require(Currency(code: currency)), amountMinor: amount * Int64(invoices.count),
            tenders: [Tender(kind: .card, amountMinor: amount * Int64(invoices.count))],
            allocations: invoices.map { Allocation(invoiceID: $0, amountMinor: amount) })
    }

    func pay(_ amount: Int64, _ invoice: InvoiceID, id: PaymentID = PaymentID(.v7())) async throws {
        try await deliver([
            PaymentSucceeded(payment: try payment(amount, for: [invoice], id: id), succeededAt: clock.now())
        ])
    }

    /// The invariants that do not hold.
    func violations() async throws -> [String] {
        let invariants = invariants
        return try await pool.transaction { tx in
            try invariants.filter { try !tx.query($0.violations).isEmpty }.map(\.name)
        }
    }
}
