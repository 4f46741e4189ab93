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

@Suite(.timeLimit(.minutes(5))) struct RoleMatrixTests {
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

    /// Calls every route as everybody: 401 without a token, 403 for those who are not let in, anything else for those
    /// who are.
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
                    let response = try await world.call(rule, as: caller, account: account)
                    let isAllowed = rule.audience.callers.contains(caller)
                    let expected = isAllowed ? nil : caller == .nobody ? 401 : 403
                    let refusal = [401, 403].contains(response.status) ? response.status : nil
                    #expect(
                        refusal == expected && response.status != 500,
                        "\(rule.route) as \(caller.rawValue) was answered \(response.status)")
                }
            }
        }
    }
}
