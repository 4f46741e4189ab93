import Foundation
import HTTPClient
import TestKit
import Testing

@Suite("The edge", .timeLimit(.minutes(10)))
struct EdgeTests {
    private static let owners: [(String, String)] = [
        ("/v1/sign-up", "identity"), ("/v1/sessions", "identity"), ("/v1/sessions/refresh", "identity"),
        ("/v1/me", "identity"), ("/v1/invitations/abc/accept", "identity"),
        ("/v1/audit_events", "identity"),
        ("/v1/me/audit_events", "identity"), ("/v1/password_resets/pr_1", "identity"),
        ("/v1/password", "identity"), ("/v1/verifications", "identity"), ("/v1/me/totp", "identity"),
        ("/v1/organizations", "identity"), ("/v1/organizations/org_1", "identity"),
        ("/v1/organizations/org_1/logo", "identity"), ("/v1/invitations/ivt_1/resend", "identity"),
        ("/v1/members", "identity"), ("/v1/members/acc_1", "identity"),
        ("/.well-known/jwks.json", "identity"), ("/oauth/token", "identity"),
        ("/v1/api_keys", "identity"), ("/v1/api_keys/key_1/rotate", "identity"),
        ("/v1/api_clients/apc_1", "identity"),
        ("/v1/invoices", "invoice"), ("/v1/invoices/inv_1", "invoice"),
        ("/v1/invoices/inv_1/finalize", "invoice"), ("/v1/invoices/inv_1/pdf", "invoice"),
        ("/v1/invoices/inv_1/send_email", "invoice"), ("/v1/customers/cus_1", "invoice"),
        ("/v1/templates", "invoice"), ("/v1/templates/tpl_1/preview.pdf", "invoice"),
        ("/v1/plans", "invoice"), ("/v1/coupons", "invoice"), ("/v1/tax_rates/txr_1", "invoice"),
        ("/v1/invoices/preview", "invoice"), ("/v1/invoices/inv_1/duplicate", "invoice"),
        ("/v1/subscriptions/sub_1", "invoice"), ("/v1/prices/pri_1", "invoice"),
        ("/v1/usage_events", "invoice"), ("/v1/subscriptions/sub_1/usage", "invoice"),
        ("/v1/recurring_invoices/rec_1/pause", "invoice"), ("/v1/invoices/inv_1/make_recurring", "invoice"),
        ("/v1/number_series/invoice", "invoice"), ("/v1/credit_notes/cn_1/void", "invoice"),
        ("/v1/invoices/inv_1/credit_notes", "invoice"),
        ("/v1/invoices/pay/INV-1-abc", "payment"), ("/v1/invoices/inv_1/pay", "payment"),
        ("/v1/invoices/inv_1/payment", "payment"), ("/v1/invoices/inv_1/mark_paid", "payment"),
        ("/v1/invoices/bulk/mark_paid", "payment"), ("/v1/invoices/bulk/void", "invoice"),
        ("/v1/invoices/stats", "invoice"), ("/v1/invoices.csv", "invoice"),
        ("/v1/invoices/inv_1/events", "invoice"),
        ("/v1/invoices/inv_1/process_payment/", "payment"), ("/v1/invoices/inv_1/payment_link", "invoice"),
        ("/v1/payment_methods/setup", "payment"), ("/v1/mandates/org_1", "payment"),
        ("/v1/charges", "payment"), ("/v1/wallets/wallet_1/top_ups", "payment"), ("/v1/credits", "payment"),
        ("/v1/reconciliations/2027-01-31/differences", "payment"),
        ("/v1/invoices/inv_1/payments", "payment"), ("/v1/payments/pay_1/refunds", "payment"),
        ("/v1/charges/plan_1/skip", "payment"),
        ("/v1/invoices/inv_1/autopay", "payment"), ("/v1/recurring_invoices/rec_1/autopay", "payment"),
        ("/v1/standing_orders/so_1/pause", "payment"), ("/v1/charging_rules", "payment"),
        ("/v1/kill_switches/platform", "payment"),
        ("/v1/gateway/webhooks/platform", "payment"), ("/v1/pay/config", "payment"),
        ("/v1/schedules", "scheduler"), ("/v1/test_clocks", "scheduler"),
        ("/v1/events", "notification"), ("/v1/notices/ntc_1/read", "notification"),
        ("/v1/webhook_endpoints", "notification"),
    ]

    @Test("every path reaches the service that owns it, also under the older prefix")
    func routes() async throws {
        try await EdgeInstance.with { edge in
            for (path, owner) in Self.owners {
                let reply = try await edge.send("GET", path)
                #expect(reply.body.hasPrefix("\(owner) \(path)"), "\(path): \(reply.body)")
            }
            let older = try await edge.send("POST", "/api/v1/order-payments/invoices/inv_1/mark_paid/")
            #expect(older.body.hasPrefix("payment /v1/invoices/inv_1/mark_paid"), "\(older.body)")
            #expect(older.body.hasSuffix("order-payments"))
            let list = try await edge.send("GET", "/api/v1/order-payments/invoices/")
            #expect(list.body.hasPrefix("invoice /v1/invoices"), "\(list.body)")
        }
    }

    @Test("an event of the gateway may have 256 KiB, less than everything else")
    func gatewayEvents() async throws {
        try await EdgeInstance.with { edge in
            let body = [UInt8](repeating: 32, count: 256 << 10)
            let taken = try await edge.send("POST", "/v1/gateway/webhooks/platform", body: body)
            #expect(taken.status == 200)
            let tooLarge = try await edge.send("POST", "/v1/gateway/webhooks/platform", body: body + [32])
            #expect(tooLarge.status == 413)
            let elsewhere = try await edge.send("POST", "/v1/payment_methods", body: body + [32])
            #expect(elsewhere.status == 200)
        }
    }

    @Test("what services tell operators is not reachable from outside")
    func inside() async throws {
        try await EdgeInstance.with { edge in
            for path in [
                "/metrics", "/ready", "/live", "/version", "/v1/invariants", "/nothing", "/../secrets",
            ] {
                let reply = try await edge.send("GET", path)
                #expect(reply.status == 404 || reply.status == 400, "\(path)")
            }
            let problem = try await edge.send("GET", "/nothing")
            #expect(problem.body.contains(#""code":"not_found""#))
            #expect(problem.response.header("Content-Type")?.hasPrefix("application/problem+json") == true)
        }
    }

    @Test("an address that a client claims for itself is replaced")
    func forwardedFor() async throws {
        try await EdgeInstance.with { edge in
            let reply = try await edge.send("GET", "/v1/me", headers: [("X-Forwarded-For", "203.0.113.9")])
            #expect(reply.body.contains(" 127.0.0.1 "))
        }
    }

    @Test("the pay page comes with a policy that allows our scripts and the gateway, and no referrer")
    func pageHeaders() async throws {
        try await EdgeInstance.with(["DUELY_GATEWAY_URL": "http://127.0.0.1:19999"]) { edge in
            let page = try await edge.send("GET", "/pay/invoice/INV-1-secret")
            #expect(page.status == 200)
            let policy = page.response.header("Content-Security-Policy") ?? ""
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("script-src 'self';"))
            #expect(policy.contains("connect-src 'self' http://127.0.0.1:19999;"))
            #expect(!policy.contains("unsafe"))
            #expect(page.response.header("Referrer-Policy") == "no-referrer")
            #expect(page.response.header("X-Frame-Options") == "DENY")
            #expect(!page.body.contains("style=") && !page.body.contains("onclick"))
        }
    }

    @Test("the links of mails, the login and the account lead to pages of their own")
    func mailedLinks() async throws {
        try await EdgeInstance.with { edge in
            for (path, script) in [
                ("/invitations/it_1", "invitation"), ("/verifications/vt_1", "verification"),
                ("/password_resets/pr_1", "password-reset"), ("/login", "login"), ("/account", "account"),
            ] {
                let page = try await edge.send("GET", path)
                #expect(page.status == 200 && page.body.contains("/assets/\(script).mjs"))
                #expect(page.response.header("Referrer-Policy") == "no-referrer")
                #expect(try await edge.send("GET", "/assets/\(script).mjs").status == 200)
            }
        }
    }

    @Test("tokens do not appear in any log")
    func logs() async throws {
        try await EdgeInstance.with { edge in
            for path in [
                "/pay/invoice/SECRETTOKEN", "/v1/invoices/pay/SECRETTOKEN?x=1", "/invitations/SECRETTOKEN",
                "/v1/invitations/SECRETTOKEN/accept", "/api/v1/order-payments/invoices/pay/SECRETTOKEN/",
                "/v1/me?token=SECRETTOKEN", "/verifications/SECRETTOKEN", "/password_resets/SECRETTOKEN",
                "/v1/password_resets/SECRETTOKEN",
            ] {
                _ = try await edge.send("GET", path)
            }
            try await eventually("the access log") {
                try String(contentsOfFile: edge.folder + "/log/nginx-access.log", encoding: .utf8)
                    .split(separator: "\n").count >= 10
            }
            for name in ["nginx-access.log", "nginx.log"] {
                let log = try String(contentsOfFile: "\(edge.folder)/log/\(name)", encoding: .utf8)
                #expect(!log.contains("SECRETTOKEN"), "\(name)")
            }
        }
    }

    @Test(
        "guessing a password, a code or a secret is slow on every path that asks for one",
        arguments: [
            "/v1/sign-up", "/v1/sessions", "/v1/password", "/v1/password_resets/pr_1", "/v1/verifications",
            "/v1/me/email", "/v1/me/password", "/v1/me/totp", "/v1/me/totp/confirm",
            "/v1/me/totp/recovery_codes", "/v1/me/erasure", "/v1/invitations/it_1/accept", "/oauth/token",
        ])
    func credentials(_ path: String) async throws {
        try await EdgeInstance.with(["DUELY_EDGE_CREDENTIALS_RATE": "1", "DUELY_EDGE_CREDENTIALS_BURST": "2"])
        { edge in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await edge.send("POST", path).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.contains(429))
            // What asks for none has the wide limit alone.
            for _ in 0..<5 { #expect(try await edge.send("GET", "/v1/me").status != 429) }
        }
    }

    @Test("too many requests and too large bodies are problems with a code")
    func limits() async throws {
        try await EdgeInstance.with(["DUELY_EDGE_CREDENTIALS_RATE": "1", "DUELY_EDGE_CREDENTIALS_BURST": "2"])
        { edge in
            // All at once, so that a slow machine does not stretch them over the seconds of the limit.
            let refused = try await withThrowingTaskGroup(of: EdgeInstance.Reply.self) { group in
                for _ in 0..<20 { group.addTask { try await edge.send("POST", "/v1/sessions") } }
                return try await group.first { $0.status == 429 }
            }
            #expect(refused?.response.header("Retry-After") == "1")
            #expect(refused?.body.contains(#""code":"rate_limited""#) == true)
            let large = try await edge.send(
                "POST", "/v1/invoices", body: [UInt8](repeating: UInt8(ascii: "x"), count: 1_100_000))
            #expect(large.status == 413)
            #expect(large.body.contains(#""code":"body_too_large""#))
        }
    }
}
