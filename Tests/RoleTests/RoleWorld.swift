import Crypto
import EventContracts
import HTTPClient
import HTTPServer
import Messaging
import Observability
import Postgres
import Primitives
import ServiceKit
import ServiceTestKit
import Settings
import TestKit
import Testing

/// The routes of any service over a schema of its own, with tokens for every caller.
struct RoleWorld: Sendable {
    let pool: PostgresPool
    let pipeline: RequestPipeline
    let routes: [String]
    /// What the callers with a key show.
    let secrets: [Caller: String]
    private let authenticator: Authenticator
    let organizationID = OrganizationID(.v7())
    private let key: SigningKey
    private let clock: ManualClock

    static func with(
        _ definition: ServiceDefinition, _ settings: [String: String],
        _ body: (RoleWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(prefix: "roles") { database in
            try await database.withPool(
                migratedTo: definition.migrations, connections: 2
            ) { pool, configuration in
                let world = try await RoleWorld(definition, settings, pool, configuration)
                // It learns of the keys once: what one caller revokes does not keep the next call out.
                try await world.authenticator.start()
                await world.authenticator.stop()
                try await body(world)
            }
        }
    }

    private init(
        _ definition: ServiceDefinition, _ environment: [String: String], _ pool: PostgresPool,
        _ configuration: PostgresConfiguration
    ) async throws {
        self.pool = pool
        clock = ManualClock(Instant(seconds: 1_800_000_000))
        key = SigningKey.generate()
        let keys = PublishedKeys(key)
        let metrics = Metrics()
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 8, maximumWaiting: 64, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
        let context = ServiceContext(
            name: definition.name, log: .silent, metrics: metrics, clock: clock, pool: pool,
            database: configuration, outbox: Outbox(), httpClient: client,
            authenticator: Authenticator(
                configuration: .standard, source: keys, pool: pool, clock: clock, log: .silent,
                metrics: metrics),
            idempotency: IdempotencyStore(
                pool: pool, clock: clock, lease: .seconds(60), retention: .seconds(86_400)),
            publicURL: "https://pay.example")
        var reader = SettingsReader(environment)
        let parts = try definition.build(context, &reader)
        try reader.finish()
        // Identity has keys of its own; here the test signs.
        context.authenticator.readKeys(from: keys)
        authenticator = context.authenticator
        secrets = try await Self.keys(of: organizationID, in: pool)
        var router = Router()
        router.group(middleware: context.middleware) { parts.routes(&$0) }
        routes = router.templates.map { "\($0.method.rawValue) \($0.template)" }
        pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(parts.problems), proxies: .none, log: .silent,
            metrics: metrics)
    }

    /// The keys of machines, as the service was told of them.
    private static func keys(
        of organization: OrganizationID, in pool: PostgresPool
    ) async throws -> [Caller: String] {
        var secrets: [Caller: String] = [:]
        var credentials: [MachineCredential] = []
        for caller in Caller.allCases where caller.showsKey {
            let id = APIKeyID(.v7())
            let secret = SecretToken.generate(prefix: "dk")
            let principal = caller.principal(account: AccountID(id.raw), organization: organization)
            let key = APIKeyChanged(
                apiKeyID: id, organizationID: principal?.organizationID ?? organization,
                hash: Hex.encode(secret.hash), scopes: principal?.permissions.map(\.rawValue) ?? [],
                isRevoked: false)
            secrets[caller] = secret.text.reveal()
            credentials.append(MachineCredential(key, sequence: 1))
        }
        let told = credentials
        try await pool.transaction { tx in try MachineCredential.record(told, in: tx) }
        return secrets
    }

    /// What a caller is answered.
    func call(
        _ rule: RouteRule, as caller: Caller, account: AccountID, _ flaw: Flaw = .nothing
    ) async throws -> HTTPResponse {
        let parts = rule.route.split(separator: " ", maxSplits: 1).map(String.init)
        try #require(parts.count == 2)
        var headers = HTTPHeaders()
        if parts[0] != "GET" { headers.add("Content-Type", flaw.contentType) }
        if let secret = secrets[caller] {
            headers.add("Authorization", "Bearer \(secret)")
        } else if let principal = caller.principal(account: account, organization: organizationID) {
            let now = clock.now()
            let token = AccessToken(principal: principal, issuedAt: now, expiresAt: now + .seconds(600))
            let text = JWT.sign(claims: token.claims, type: AccessToken.type, with: key)
            headers.add("Authorization", "Bearer \(text)")
        }
        let query = (caller.namesOrganization ? ["website_id=\(organizationID)"] : []) + flaw.query
        let path = flaw.path(parts[1], path(parts[1]))
        return await pipeline.respond(
            parts[0], query.isEmpty ? path : path + "?" + query.joined(separator: "&"), headers: headers,
            body: parts[0] == "GET" || parts[0] == "DELETE" ? [] : flaw.body(rule))
    }

    /// How many acts of superadmins the service has told of.
    func acts() async throws -> Int64 {
        try await pool.transaction { tx in
            try tx.query("SELECT count(*) FROM events WHERE type = 'superadmin.acted.v1'").scalar() ?? 0
        }
    }

    /// The template with ids that are well formed and, but for the organization, name nothing.
    private func path(_ template: String) -> String {
        let prefixes = [
            "/v1/organizations/{id}": "/v1/organizations/\(organizationID)",
            "/v1/customers/{id}": "/v1/customers/\(CustomerID(.v7()))",
            "/v1/invoices/{id}": "/v1/invoices/\(InvoiceID(.v7()))",
            "/v1/recurring_invoices/{id}": "/v1/recurring_invoices/\(RecurringInvoiceID(.v7()))",
            "/v1/credit_notes/{id}": "/v1/credit_notes/\(CreditNoteID(.v7()))",
            "/v1/tax_rates/{id}": "/v1/tax_rates/\(TaxRateID(.v7()))",
            "/v1/coupons/{id}": "/v1/coupons/\(CouponID(.v7()))",
            "/v1/payment_methods/{id}": "/v1/payment_methods/\(PaymentMethodID(.v7()))",
            "/v1/schedules/{id}": "/v1/schedules/\(ScheduleID(.v7()))",
            "/v1/notices/{id}": "/v1/notices/\(NoticeID(.v7()))",
            "/v1/members/{account_id}": "/v1/members/\(AccountID(.v7()))",
            "/v1/mandates/{organization_id}": "/v1/mandates/\(OrganizationID(.v7()))",
            "/v1/invitations/{invitation}": "/v1/invitations/\(InvitationID(.v7()))",
            "/v1/invoices/pay/{token}": "/v1/invoices/pay/INV-1-x",
        ]
        let prefix = prefixes.keys.first { template.hasPrefix($0) }
        guard let prefix, let start = prefixes[prefix] else { return template }
        return start + template.dropFirst(prefix.count)
    }
}
