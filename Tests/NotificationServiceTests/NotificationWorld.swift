import Crypto
import EventContracts
import HTTPClient
import HTTPServer
import Messaging
import NotificationDomain
import Observability
import Postgres
import Primitives
import ServiceKit
import ServiceTestKit
import Settings
import Synchronization
import TestKit
import Testing

@testable import NotificationService

/// The notification service with a database of its own; the test plays identity's keys, the events of other services
/// and, unless it says otherwise, the mail server.
struct NotificationWorld: Sendable {
    let pool: PostgresPool
    let pipeline: RequestPipeline
    let queues: [QueueHandlers]
    let invariants: [Invariant]
    let context: ServiceContext
    let clock: ManualClock
    let unsealing: UnsealingKey
    let organizationID = OrganizationID(.v7())
    let accountID = AccountID(.v7())
    let customerID = CustomerID(.v7())
    private let key: SigningKey

    static func with(_ body: (NotificationWorld) async throws -> Void) async throws {
        try await TestDatabase.with(prefix: "notification") { database in
            try await database.withPool(
                migratedTo: NotificationService.definition.migrations
            ) { pool, configuration in
                try await body(try await NotificationWorld(pool, configuration))
            }
        }
    }

    private init(_ pool: PostgresPool, _ configuration: PostgresConfiguration) async throws {
        self.pool = pool
        clock = ManualClock(Instant(seconds: 1_800_000_000))
        key = SigningKey.generate()
        let secret = Random.bytes(32)
        unsealing = try #require(UnsealingKey(rawBytes: secret))
        let metrics = Metrics()
        let authenticator = Authenticator(
            configuration: .standard, source: PublishedKeys(key),
            pool: pool, clock: clock, log: .silent, metrics: metrics)
        try await authenticator.start()
        context = ServiceContext(
            name: "notification", log: .silent, metrics: metrics, clock: clock, pool: pool,
            database: configuration, outbox: Outbox(),
            httpClient: HTTPClient(
                configuration: HTTPClientConfiguration(
                    maximumTransfers: 1, maximumWaiting: 1, certificateFile: nil, allowsPlainText: true,
                    destinations: .any)),
            authenticator: authenticator,
            idempotency: IdempotencyStore(
                pool: pool, clock: clock, lease: .seconds(60), retention: .seconds(86_400)),
            publicURL: "https://pay.example")
        var settings = SettingsReader([
            "DUELY_SEAL_SECRET_KEY": Base64URL.encode(secret), "DUELY_MAIL_FROM": "no-reply@duely.example",
            "DUELY_SMTP_URL": "smtp://127.0.0.1:25", "DUELY_MAIL_CONCURRENCY": "0",
        ])
        let parts = try NotificationService.definition.build(context, &settings)
        try settings.finish()
        queues = parts.queues
        invariants = parts.invariants
        var router = Router()
        router.group(middleware: context.middleware) { parts.routes(&$0) }
        pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(parts.problems), proxies: .none,
            log: Log(service: "test", level: .error), metrics: metrics)
    }

    // MARK: events

    /// An event of another service, ready to be delivered.
    func event<Payload: EventPayload>(
        _ payload: Payload, subject: ID<some Identified>, sequence: Int64? = 1, id: RawID = .v7()
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            payload, id: id, subject: subject, tenant: organizationID, sequence: sequence,
            cause: EventCause(traceparent: nil, clockTime: clock.now()))
    }

    /// Hands events of one queue to its handlers in one transaction, as a consumer does.
    func deliver(_ events: [OutgoingEvent], to queue: String) async throws {
        let handlers = try #require(queues.first { $0.queue == queue })
        try await pool.transaction { tx in
            for handler in handlers.handlers { try Self.handle(events, by: handler, in: tx) }
            for handler in handlers.envelopes {
                let batch = try events.filter { handler.types.contains($0.type) }.map {
                    ReceivedEnvelope(
                        envelope: try EventEnvelope(parsing: $0.body), bytes: $0.body, exchange: $0.exchange)
                }
                if !batch.isEmpty { try handler.handle(batch, in: tx) }
            }
        }
    }

    private static func handle<Handler: EventHandler>(
        _ events: [OutgoingEvent], by handler: Handler, in tx: borrowing Transaction
    ) throws {
        let batch = try events.filter { $0.type == Handler.Payload.descriptor.type }.map {
            let envelope = try EventEnvelope(parsing: $0.body)
            return Received(
                envelope: envelope, payload: try JSON.decode(Handler.Payload.self, from: envelope.data))
        }
        if !batch.isEmpty { try handler.handle(batch, in: tx) }
    }

    func snapshot(_ invoice: InvoiceID, paid: Int64 = 0) -> InvoiceSnapshot {
        let today = Zone.utc.date(at: clock.now())
        return InvoiceSnapshot(
            invoiceID: invoice, organizationID: organizationID, customerID: customerID, accountID: accountID,
            number: "ACME-000001", status: paid > 0 ? .paid : .finalized, paymentStatus: .unpaid,
            currency: Currency(code: "EUR") ?? Currency.all[0], zone: .utc, totalMinor: 1999,
            amountPaidMinor: paid, amountRefundedMinor: 0, amountCreditedMinor: 0,
            amountDueMinor: 1999 - paid,
            issueDate: today, dueDate: today.adding(days: 14), createdAt: clock.now(), lines: [])
    }

    func payment(_ invoice: InvoiceID, id: PaymentID = PaymentID(.v7()), source: PaymentSource = .autopay)
        -> PaymentFacts
    {
        PaymentFacts(
            paymentID: id, organizationID: organizationID, customerID: customerID, accountID: accountID,
            source: source, currency: Currency(code: "EUR") ?? Currency.all[0], amountMinor: 1999,
            tenders: [Tender(kind: .card, amountMinor: 1999)],
            allocations: [Allocation(invoiceID: invoice, amountMinor: 1999)], attemptID: AttemptID(.v7()),
            attemptNumber: 1)
    }

    /// Sender, client and customer are known, with addresses.
    func peopleAreKnown(customerEmail: String? = "client@example.com", language: String? = nil) async throws {
        try await deliver(
            [
                try event(
                    PersonChanged(
                        kind: .organization, organizationID: organizationID, name: "Acme",
                        email: "billing@acme.example", address: "1 Main Street"), subject: organizationID,
                    sequence: nil),
                try event(
                    PersonChanged(
                        kind: .account, accountID: accountID, name: "Ada", email: "ada@example.com",
                        language: language), subject: accountID, sequence: nil),
            ], to: "notification.identity")
        try await deliver(
            [
                try event(
                    CustomerPersonChanged(
                        customerID: customerID, organizationID: organizationID, version: 1, name: "Ada Ltd",
                        email: customerEmail, language: language), subject: customerID, sequence: nil)
            ], to: "notification.invoice")
    }

    func sealed(_ link: String) throws -> String {
        Base64URL.encode(try #require(unsealing.sealingKey.seal(Array(link.utf8))))
    }

    // MARK: mails

    func courier(_ carrier: any MailCarrier) throws -> MailCourier {
        let from = try #require(MailAddress(name: "Duely", address: "no-reply@duely.example"))
        return MailCourier(
            queue: MailQueue(pool: pool, outbox: context.outbox),
            composer: MailComposer(from: from, platformName: "Duely", key: unsealing), carrier: carrier,
            settings: CourierSettings(
                batch: 8, lease: .seconds(60), pause: .seconds(1),
                policy: DeliveryPolicy(
                    refusalDelays: [.seconds(10), .seconds(100)], unreachableDelay: .seconds(5))),
            clock: clock, metrics: MailMetrics(Metrics()), log: .silent)
    }

    func column(_ sql: String) async throws -> [String?] {
        try await pool.transaction { tx in try tx.query(sql).column(0, as: String?.self) }
    }

    func published() async throws -> [EventEnvelope] {
        let bodies = try await pool.transaction { tx in
            try tx.query("SELECT body FROM events ORDER BY id").column(0, as: [UInt8].self)
        }
        return try bodies.map { try EventEnvelope(parsing: $0) }
    }

    /// The invariants that do not hold.
    func violations() async throws -> [String] {
        let invariants = invariants
        return try await pool.transaction { tx in
            try invariants.filter { try !tx.query($0.violations).isEmpty }.map(\.name)
        }
    }

    // MARK: requests

    struct Answer {
        let response: HTTPResponse
        let json: JSONNode
        var status: Int { response.status }
    }

    func call(
        _ method: String, _ path: String, role: Role = .owner, organization: OrganizationID? = nil,
        account: AccountID? = nil
    ) async throws -> Answer {
        let principal = Principal(
            accountID: account ?? accountID, sessionID: SessionID(.v7()),
            organizationID: role == .client || role == .superadmin ? nil : organization ?? organizationID,
            role: role,
            permissions: role == .client ? [.billsRead, .billsPay] : Set(Permission.allCases))
        let now = clock.now()
        let token = AccessToken(principal: principal, issuedAt: now, expiresAt: now + .seconds(600))
        var headers = HTTPHeaders()
        headers.add(
            "Authorization", "Bearer \(JWT.sign(claims: token.claims, type: AccessToken.type, with: key))")
        let response = await pipeline.respond(method, path, headers: headers, body: [])
        return Answer(
            response: response,
            json: try JSONDocument(parsing: response.body.isEmpty ? Array("null".utf8) : response.body).root)
    }
}

/// A mail server whose answers a test decides.
final class ScriptedCarrier: MailCarrier {
    private let state = Mutex<(mails: [String], answer: SMTPError?)>(([], nil))

    var mails: [String] { state.withLock { $0.mails } }

    func answer(_ error: SMTPError?) { state.withLock { $0.answer = error } }

    func send(_ mail: OutgoingMail) async throws(SMTPError) {
        let answer = state.withLock { state in
            state.mails.append(String(decoding: mail.message, as: UTF8.self))
            return state.answer
        }
        if let answer { throw answer }
    }
}
