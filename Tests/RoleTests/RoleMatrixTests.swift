import Crypto
import HTTPServer
import IdentityService
import InvoiceService
import NotificationService
import PaymentService
import Postgres
import Primitives
import SchedulerService
import ServiceKit
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct RoleMatrixTests {
    private static let key = Base64URL.encode(Array(1...32))

    @Test("identity lets in whom the table names, on every route")
    func identity() async throws {
        let settings = ["DUELY_SIGNING_KEY_SECRET": Self.key, "DUELY_SEAL_PUBLIC_KEY": Self.key]
        try await check(IdentityService.definition, settings, RouteRules.identity) { account, world in
            // Some of its routes are about the account itself.
            try await world.pool.transaction { tx in
                _ = try tx.execute(
                    """
                    INSERT INTO accounts (id, email, email_key, password_hash, name, sequence, created_at, updated_at)
                    VALUES ($1, $2, $2, 'none', 'Somebody', 1, now(), now())
                    """, [account, "\(account)@roles.test"])
            }
        }
    }

    @Test("invoice lets in whom the table names, on every route")
    func invoice() async throws {
        let settings = ["DUELY_PAY_LINK_KEYS": "1:\(Self.key)", "DUELY_SEAL_PUBLIC_KEY": Self.key]
        try await check(InvoiceService.definition, settings, RouteRules.invoice)
    }

    @Test("payment lets in whom the table names, on every route")
    func payment() async throws {
        // Nobody listens there: a route that gets as far as the gateway has let the caller in.
        let settings = [
            "DUELY_GATEWAY_URL": "http://127.0.0.1:9", "DUELY_GATEWAY_SECRET_KEY": "sk_test_1",
            "DUELY_GATEWAY_PUBLISHABLE_KEY": "pk_test_1", "DUELY_PAY_LINK_KEYS": "1:\(Self.key)",
            "DUELY_PATIENCE_MS": "1",
        ]
        try await check(PaymentService.definition, settings, RouteRules.payment)
    }

    @Test("scheduler lets in whom the table names, on every route")
    func scheduler() async throws {
        try await check(SchedulerService.definition, [:], RouteRules.scheduler)
    }

    @Test("notification lets in whom the table names, on every route")
    func notification() async throws {
        let settings = [
            "DUELY_SEAL_SECRET_KEY": Self.key, "DUELY_MAIL_FROM": "no-reply@duely.example",
            "DUELY_SMTP_URL": "smtp://127.0.0.1:25", "DUELY_MAIL_CONCURRENCY": "0",
        ]
        try await check(NotificationService.definition, settings, RouteRules.notification)
    }

    @Test("whom the table of permissions gives what a route needs is let in there, and nobody else")
    func permissions() {
        let organization = OrganizationID(.v7())
        for rule in RouteRules.all {
            guard let needed = rule.needs else { continue }
            let strangers: Set<Caller> = [.stranger, .strangersKey, .strangersToken]
            let permitted = Caller.allCases.filter { caller in
                caller.principal(account: AccountID(.v7()), organization: organization)?.may(needed) ?? false
            }
            #expect(Set(permitted).subtracting(strangers) == rule.callers, "\(rule.route)")
        }
        #expect(RouteRules.all.contains { $0.route == "GET /v1/events" && $0.needs == .eventsRead })
    }

    /// Calls every route as everybody: 401 without a token, 403 for those who are not let in, anything else for those
    /// who are.
    ///
    /// Who is not let in is told nothing else, whatever is wrong with the request.
    private func check(
        _ definition: ServiceDefinition, _ settings: [String: String], _ rules: [RouteRule],
        prepare: (AccountID, RoleWorld) async throws -> Void = { _, _ in }
    ) async throws {
        try await RoleWorld.with(definition, settings) { world in
            #expect(Set(rules.map(\.route)) == Set(world.routes), "the table and the routes are the same")
            #expect(rules.count == Set(rules.map(\.route)).count)
            for caller in Caller.allCases {
                let account = AccountID(.v7())
                try await prepare(account, world)
                for rule in rules {
                    if rule.callers.contains(caller) {
                        let before = try await world.acts()
                        let response = try await world.call(rule, as: caller, account: account)
                        let isAct = rule.route.hasPrefix("GET ") || response.status < 400
                        let isTold = caller == .superadmin && definition.name != "identity" && isAct
                        #expect(
                            try await world.acts() == before + (isTold ? 1 : 0),
                            "\(rule.route) as \(caller.rawValue) in the audit trail")
                        #expect(
                            ![401, 403, 500].contains(response.status),
                            "\(rule.route) as \(caller.rawValue) was answered \(response.status)")
                    } else {
                        try await Self.expectRefusal(rule, caller, account, world)
                    }
                }
            }
        }
    }

    private static func expectRefusal(
        _ rule: RouteRule, _ caller: Caller, _ account: AccountID, _ world: RoleWorld
    ) async throws {
        for flaw in Flaw.allCases {
            let response = try await world.call(rule, as: caller, account: account, flaw)
            #expect(
                response.status == (caller == .nobody ? 401 : 403),
                "\(rule.route) as \(caller.rawValue) with \(flaw) was answered \(response.status)")
            guard rule.isPersonal, Caller.machines.contains(caller) else { continue }
            let code = try JSONDocument(parsing: response.body).root["code"]?.string
            #expect(code == "person_required", "\(rule.route) as \(caller.rawValue)")
        }
    }
}
