import Crypto
import EventContracts
import GatewaySimulatorCore
import HTTPClient
import HTTPServer
import Lifecycle
import Messaging
import Observability
import PaymentDomain
import Postgres
import Primitives
import ServiceKit
import ServiceTestKit
import Settings
import Synchronization
import TestKit

@testable import PaymentService

/// The payment service over a real database and a real HTTP gateway, with a clock that a test moves.
///
/// Events are handed to the handlers directly; what it publishes is read from its outbox.
final class PaymentWorld: Sendable {
    let pool: PostgresPool
    let clock: ManualClock
    let parts: PaymentComposition
    let gateway: String
    let http: HTTPClient
    let organizationID = OrganizationID.new(at: Instant(seconds: 1))
    let accountID = AccountID.new(at: Instant(seconds: 2))
    let customerID = CustomerID.new(at: Instant(seconds: 3))
    private let hasExecutor = Mutex(false)
    let dollar = Currency(code: "USD") ?? Currency.all[0]

    static func with(
        _ environment: [String: String] = [:], sharesClock: Bool = false,
        _ body: (PaymentWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(prefix: "payment") { database in
            var options = SettingsReader([:])
            let clock = ManualClock(Instant(seconds: 1_800_000_000))
            let simulator = Simulator(
                Simulator.Options(&options), clock: sharesClock ? clock : SystemClock(), log: .silent)
            try await simulator.server.start()
            let world = try await PaymentWorld(
                database, gateway: "http://127.0.0.1:\(simulator.server.port ?? 0)", clock, environment)
            let outcome: Result<Void, any Error>
            do {
                try await world.parts.charges.start()
                try await body(world)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await world.parts.executor.stop()
            await world.parts.charges.stop()
            await world.pool.stop()
            world.http.stop()
            await simulator.server.stop()
            try outcome.get()
        }
    }

    private init(
        _ database: TestDatabase, gateway: String, _ clock: ManualClock, _ environment: [String: String]
    ) async throws {
        self.clock = clock
        let configuration = database.configuration()
        let log = Log(service: "payment", level: .error)
        let metrics = Metrics()
        _ = try await Migrator.run(
            PaymentService.definition.migrations, configuration: configuration, log: log)
        pool = PostgresPool(configuration: configuration, label: "main", log: log, metrics: metrics)
        try await pool.start()
        http = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 512, maximumWaiting: 4_096, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
        self.gateway = gateway
        var reader = SettingsReader(
            [
                "DUELY_GATEWAY_URL": gateway, "DUELY_GATEWAY_SECRET_KEY": "sk_test_1",
                "DUELY_GATEWAY_PUBLISHABLE_KEY": "pk_test_1", "DUELY_GATEWAY_TIMEOUT_MS": "1500",
                "DUELY_ATTEMPT_LEASE_MS": "5000", "DUELY_LOOK_UP_DELAYS_MS": "1000,1000,1000,1000,1000,1000",
                "DUELY_NOT_EXECUTED_DELAY_MS": "1000", "DUELY_SWEEP_MS": "20", "DUELY_CLAIM_MS": "20",
                "DUELY_PAY_LINK_KEYS": "1:" + Base64URL.encode(Array(1...32)),
            ].merging(environment) { $1 })
        let settings = PaymentSettings(&reader)
        try reader.finish()
        let context = ServiceContext(
            name: "payment", log: log, metrics: metrics, clock: clock, pool: pool, database: configuration,
            outbox: Outbox(), httpClient: http,
            authenticator: Authenticator(
                configuration: .standard, source: HTTPKeySource(client: http, identityURL: gateway),
                pool: pool,
                clock: clock, log: log, metrics: metrics),
            idempotency: IdempotencyStore(
                pool: pool, clock: clock, lease: .seconds(60), retention: .seconds(86_400)),
            publicURL: "http://127.0.0.1")
        parts = PaymentComposition(context: context, settings: settings)
    }

    /// Starts the executor unless it runs: two of its loops would take each other's wake-ups.
    func startExecutorOnce() async throws {
        let isFirst = hasExecutor.withLock { has in
            defer { has = true }
            return !has
        }
        if isFirst { try await parts.executor.start() }
    }

    // MARK: what other services say

    /// An envelope around a payload, as the consumer would hand it over.
    func received<Payload: EventPayload>(
        _ payload: Payload, subject: ID<some Identified>, sequence: Int64
    ) throws -> Received<Payload> {
        let event = try OutgoingEvent(
            payload, subject: subject, tenant: organizationID, sequence: sequence,
            cause: EventCause(traceparent: nil, clockTime: clock.now()),
            service: Payload.descriptor.service == EventDescriptor.anyService ? "payment" : nil)
        return Received(envelope: try EventEnvelope(parsing: event.body), payload: payload)
    }

    func handle<Handler: EventHandler>(_ handler: Handler, _ events: [Received<Handler.Payload>]) async throws
    {
        try await pool.transaction { tx in try handler.handle(events, in: tx) }
    }

    func snapshot(
        _ invoice: InvoiceID, total: Int64, status: EventContracts.InvoiceStatus = .finalized,
        paid: Int64 = 0, series: RecurringInvoiceID? = nil
    ) -> InvoiceSnapshot {
        let today = Zone.utc.date(at: clock.now())
        var snapshot = InvoiceSnapshot(
            invoiceID: invoice, organizationID: organizationID, customerID: customerID, accountID: accountID,
            number: "INV-1", status: status, paymentStatus: .unpaid, currency: dollar, zone: .utc,
            totalMinor: total,
            amountPaidMinor: paid, amountRefundedMinor: 0, amountCreditedMinor: 0,
            amountDueMinor: max(0, total - paid),
            issueDate: today, dueDate: today.adding(days: 14), createdAt: clock.now(),
            finalizedAt: clock.now(),
            payLink: PayLinkFacts(
                generation: 1, expiresAt: clock.now() + .seconds(86_400 * 44), isOneTime: false),
            lines: [])
        snapshot.recurringInvoiceID = series
        return snapshot
    }

    /// Issues an invoice, of which the parts are due every ten days from today on.
    func issue(
        _ total: Int64, parts amounts: [Int64] = [], allowsPartial: Bool? = nil,
        series: RecurringInvoiceID? = nil
    ) async throws -> InvoiceID {
        let invoice = InvoiceID.new(at: clock.now())
        var issued = snapshot(invoice, total: total, series: series)
        let today = Zone.utc.date(at: clock.now())
        issued.allowsPartialPayments = allowsPartial
        if !amounts.isEmpty {
            issued.parts = amounts.enumerated().map { index, amount in
                InvoicePartFacts(no: index + 1, dueDate: today.adding(days: 10 * index), amountMinor: amount)
            }
        }
        let event = try received(InvoiceFinalized(invoice: issued), subject: invoice, sequence: 2)
        try await handle(ProjectInvoice<InvoiceFinalized>(project: parts.project), [event])
        return invoice
    }

    func void(_ invoice: InvoiceID, total: Int64) async throws {
        let event = try received(
            InvoiceVoided(invoice: snapshot(invoice, total: total, status: .voided)), subject: invoice,
            sequence: 3)
        try await handle(ProjectInvoice<InvoiceVoided>(project: parts.project), [event])
    }

    // MARK: what the payer does

    /// Links the customer, saves a card by its number and gives a mandate.
    @discardableResult
    func mandate(
        card: String = "4242424242424242", days: Int = 0, cap: Int64? = nil,
        scope: MandateScope = .sender, onDueDate: Bool = false, payWith: PayWith = .card,
        allowsFallback: Bool = false
    ) async throws -> PaymentMethodID {
        let customer = CustomerFacts(
            customerID: customerID, organizationID: organizationID, currency: dollar, accountID: accountID)
        let event = try received(CustomerLinked(customer: customer), subject: customerID, sequence: 2)
        try await handle(
            ProjectCustomer<CustomerLinked>(planCharges: parts.planCharges, clock: clock), [event])
        let saved = try await parts.cards.save(.method(cardToken(card)), for: accountID)
        let wanted = MandateStore.Wanted(
            organizationID: organizationID, accountID: accountID, scope: scope,
            terms: MandateTerms(
                paymentMethodID: saved.id, chargesOnDueDate: onDueDate, chargeAfterDays: days,
                currency: cap == nil ? nil : dollar, capPerChargeMinor: cap, payWith: payWith,
                allowsFallback: allowsFallback),
            coversFrom: Instant(microseconds: 0), consentedFrom: "127.0.0.1")
        _ = try await pool.transaction { [parts] tx in try parts.mandates.enable(wanted, in: tx) }
        return saved.id
    }

    /// What the browser does: hands a number to the gateway and gets a name for it.
    func cardToken(_ number: String) async throws -> String {
        let body = "type=card&card[number]=\(number)&card[exp_month]=12&card[exp_year]=2031&card[cvc]=123"
        let response = try await post("/v1/payment_methods", Array(body.utf8), key: "pk_test_1")
        guard let id = try JSONDocument(parsing: response).root["id"]?.string else {
            throw TestFailure(description: String(decoding: response, as: UTF8.self))
        }
        return id
    }

    func wish(
        _ invoice: InvoiceID, card: String, portion: StartPayment.Portion = .everything
    ) -> StartPayment.Wish {
        StartPayment.Wish(
            invoiceID: invoice, source: .link, linkGeneration: 1, accountID: nil, card: .handedOver(card),
            portion: portion)
    }

    /// Pays by link and returns the state of the attempt afterwards, or the problem's code.
    func payByLink(
        _ invoice: InvoiceID, card: String, _ portion: StartPayment.Portion = .everything
    ) async throws -> String {
        do {
            let response = try await parts.desk.pay(
                wish(invoice, card: card, portion: portion), claim: IdempotencyClaim.none)
            return try JSONDocument(parsing: response.body).root["state"]?.string ?? "?"
        } catch let problem as Problem {
            return problem.code
        } catch let invalid as InvalidFields {
            return invalid.errors.map(\.code).joined(separator: " ")
        }
    }

    // MARK: what the scheduler says

    /// The due of an invoice's plan as the scheduler would send it for the stored generation and step.
    func due(_ invoice: InvoiceID, part: Int = ChargePlan.wholeInvoice) async throws -> Received<ChargeDue> {
        let plan = try await pool.transaction { tx in
            try tx.query(
                "SELECT plan_id, generation, step FROM plans WHERE invoice_id = $1 AND part = $2",
                [invoice, part]
            ).first.map {
                (
                    try $0.get(0, as: ChargePlanID.self), try $0.get(1, as: Int64.self),
                    try $0.get(2, as: Int.self)
                )
            }
        }
        guard let plan else { throw TestFailure(description: "no plan") }
        let schedule = ChargePlan.scheduleID(of: plan.0)
        let due = ChargeDue(
            scheduleID: schedule, generation: plan.1, planID: plan.0, step: plan.2,
            date: Zone.utc.date(at: clock.now()))
        return try received(due, subject: schedule, sequence: 1)
    }

    func accept(_ dues: [Received<ChargeDue>]) async throws {
        try await handle(AcceptChargeDue(admit: parts.admit), dues)
    }

    // MARK: what became of it

    func scalar(_ sql: String, _ invoice: InvoiceID? = nil) async throws -> String {
        try await pool.transaction { tx in
            let rows = try tx.query("SELECT (\(sql))::text", invoice.map { [$0] } ?? [])
            return try rows.first?.get(0, as: String?.self) ?? "-"
        }
    }

    func attemptStates(_ invoice: InvoiceID) async throws -> String {
        try await scalar(
            "SELECT string_agg(state, ' ' ORDER BY created_at, number) FROM attempts WHERE invoice_id = $1",
            invoice)
    }

    func planState(_ invoice: InvoiceID) async throws -> String {
        try await scalar(
            "SELECT string_agg(state || '/' || step || '/' || generation, ' ' ORDER BY part) FROM plans WHERE invoice_id = $1",
            invoice)
    }

    /// The types in the outbox, in order.
    func published() async throws -> [String] {
        try await pool.transaction { tx in try tx.query("SELECT type FROM events ORDER BY id").column(0) }
    }

    /// Captures at the gateway for an invoice, and what was given back, by the gateway's own books.
    func ledger(_ invoice: InvoiceID) async throws -> (captures: Int64, captured: Int64, refunded: Int64) {
        let root = try JSONDocument(parsing: try await get("/_ledger?invoice_id=\(invoice)")).root
        let entries = root["entries"]?.elements ?? []
        return (
            Int64(entries.count), entries.reduce(0) { $0 + ($1["captured"]?.int64 ?? 0) },
            entries.reduce(0) { $0 + ($1["refunded"]?.int64 ?? 0) }
        )
    }

    func fault(_ order: String) async throws {
        _ = try await post("/_control/faults", Array(order.utf8), key: "sk_test_1")
    }

    func liftFaults() async throws { _ = try await send("DELETE", "/_control/faults", [], key: "sk_test_1") }

    /// Every invariant of the service, checked as the operator's page does.
    func violations() async throws -> [String] {
        try await pool.transaction { tx in
            try PaymentInvariants.all.filter { try !tx.query($0.violations).isEmpty }.map(\.name)
        }
    }

    func post(_ path: String, _ body: [UInt8], key: String) async throws -> [UInt8] {
        try await send("POST", path, body, key: key)
    }

    func get(_ path: String) async throws -> [UInt8] { try await send("GET", path, [], key: "sk_test_1") }

    private func send(_ method: String, _ path: String, _ body: [UInt8], key: String) async throws -> [UInt8]
    {
        try await http.send(
            ClientRequest(
                method: method, url: gateway + path,
                headers: [(name: "Authorization", value: "Bearer \(key)")], body: body,
                limits: .init(connect: .seconds(2), total: .seconds(10), responseBytes: 1 << 20))
        ).body
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
}
