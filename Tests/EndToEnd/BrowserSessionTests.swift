import Foundation
import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Sessions of browsers", .timeLimit(.minutes(10)))
    struct BrowserSessionTests {
        /// What curl keeps of the cookies, as browsers do, and the header fields of a page of ours.
        private final class Browser: Sendable {
            private let base: String
            private let jar = "/tmp/duely-test-jar-\(RawID.random().uuidString)"

            init(_ system: RunningSystem) { base = system.url }

            /// The cookies by name.
            func cookies() async throws -> [String: String] {
                let lines = try await ChildProcess.succeed(["cat", jar]).split(separator: "\n")
                let fields = lines.map { $0.split(separator: "\t") }.filter { $0.count == 7 }
                return Dictionary(fields.map { (String($0[5]), String($0[6])) }) { $1 }
            }

            func send(
                _ method: String, _ path: String, _ body: String? = nil, origin: String? = nil,
                csrf: String? = nil, more: [String] = []
            ) async throws -> (status: Int, json: JSONNode?, text: String) {
                var arguments = [
                    "curl", "-sS", "-X", method, "-b", jar, "-c", jar, "-w", "\n%{http_code}", "-H",
                    "Origin: \(origin ?? base)",
                ]
                if let csrf { arguments += ["-H", "X-CSRF-Token: \(csrf)"] }
                if let body { arguments += ["-H", "Content-Type: application/json", "-d", body] }
                let output = try await ChildProcess.succeed(arguments + more + [base + path])
                let end = output.lastIndex(of: "\n") ?? output.startIndex
                let text = String(output[..<end])
                let status = Int(output[end...].filter { $0.isNumber }) ?? 0
                return (
                    status,
                    text.hasPrefix("{") || text.hasPrefix("[")
                        ? try JSONDocument(parsing: Array(text.utf8)).root : nil, text
                )
            }

            func forget() async throws { try await ChildProcess.succeed(["rm", "-f", jar]) }
        }

        @Test(
            "a browser's cookies open every service through the edge, are refreshed, and end with the logout")
        func comeAndGo() async throws {
            let shop = try await Northwind.open()
            let browser = Browser(shop.system)
            let credentials =
                #"{"email":"\#(shop.senderMail)","password":"\#(Northwind.password)","delivery":"cookie"}"#
            let foreign = try await browser.send(
                "POST", "/v1/sessions", credentials, origin: "https://evil.test")
            #expect(foreign.status == 403)
            let login = try await browser.send("POST", "/v1/sessions", credentials)
            #expect(login.status == 200 && !login.text.contains("token\""), "\(login.text)")
            let first = try await browser.cookies()
            let csrf = try #require(first["__Host-duely_csrf"])
            #expect(first.count == 3)
            for path in ["/v1/me", "/v1/invoices", "/v1/charges", "/v1/schedules", "/v1/events"] {
                #expect(try await browser.send("GET", path).status == 200, "\(path)")
            }
            let customer = #"{"name":"By cookie","email":"cookie@acme.test"}"#
            let refused = try await browser.send("POST", "/v1/customers", customer)
            #expect(refused.json?["code"]?.string == "csrf_token_mismatch")
            let key = "k-\(RawID.random().uuidString)"
            var created: Set<String?> = []
            for _ in 0..<2 {
                let answer = try await browser.send(
                    "POST", "/v1/customers", customer, csrf: csrf, more: ["-H", "Idempotency-Key: \(key)"])
                #expect(answer.status == 201, "\(answer.text)")
                created.insert(answer.json?["id"]?.string)
            }
            #expect(created.count == 1)
            let refresh = #"{"delivery":"cookie"}"#
            #expect(
                try await browser.send("POST", "/v1/sessions/refresh", refresh, csrf: csrf).status == 200)
            let second = try await browser.cookies()
            for name in ["__Host-duely_access", "__Host-duely_refresh"] {
                #expect(second[name] != nil && second[name] != first[name])
            }
            #expect(try await browser.send("DELETE", "/v1/sessions/current").status == 403)
            let logout = try await browser.send(
                "DELETE", "/v1/sessions/current", csrf: csrf, more: ["-D", "-"])
            #expect(logout.status == 204)
            #expect(logout.text.components(separatedBy: "; Path=/; Max-Age=0; Secure").count == 4)
            // With the cookies that it was told to forget, a browser gets nowhere either.
            try await eventually("an end of the login everywhere") {
                var statuses: Set<Int> = []
                for path in ["/v1/me", "/v1/invoices", "/v1/charges", "/v1/events"] {
                    statuses.insert(
                        try await browser.send("GET", path, more: ["-b", Self.text(second)]).status)
                }
                return statuses == [401]
            }
            try await check(values: Array(first.values) + Array(second.values), in: shop.system)
            try await browser.forget()
        }

        private static func text(_ cookies: [String: String]) -> String {
            cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        }

        /// No log and no table holds the value of a cookie.
        private func check(values: [String], in system: RunningSystem) async throws {
            #expect(Set(values).count == 5)
            let patterns = values.flatMap { ["-e", $0] }
            let logs = try await ChildProcess.run(
                ["grep", "-rlF"] + patterns + ["--", system.home + "/log"])
            #expect(logs.status == 1, "\(logs.text)")
            for value in values {
                let found = try await system.query(
                    """
                    SELECT 'identity' FROM identity.audit_events t WHERE position('\(value)' IN t::text) > 0
                    UNION ALL
                    SELECT 'invoice' FROM invoice.idempotent_requests t
                     WHERE position('\(value)' IN t::text || encode(coalesce(body, ''), 'escape')) > 0
                    """)
                #expect(found.isEmpty, "\(found)")
            }
        }
    }
}
