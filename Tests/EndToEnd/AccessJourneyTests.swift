import Primitives
import TestKit
import Testing

extension Journeys {
    /// What identity decides, as the services that never ask it carry it out.
    @Suite("Access", .timeLimit(.minutes(10)))
    struct AccessJourneyTests {
        /// One route of each service that checks tokens by itself.
        private static let paths = ["/v1/invoices", "/v1/charges", "/v1/schedules", "/v1/events"]

        private func expect(_ caller: APIClient, _ status: Int) async throws {
            for path in Self.paths {
                let reply = try await caller.get(path)
                #expect(reply.status == status, "\(path): \(reply)")
            }
        }

        private func waitUntilRefused(_ caller: APIClient) async throws {
            for path in Self.paths {
                try await eventually("\(path) refuses") {
                    try await caller.get(path).status == 401
                }
            }
        }

        @Test("identity is down: the others serve, also after a restart, and still refuse who was logged out")
        func identityIsAway() async throws {
            let shop = try await Northwind.open()
            let (staying, leaving) = (try await shop.sender(), try await shop.sender())
            try await leaving.send("DELETE", "/v1/sessions/current").require(204)
            try await waitUntilRefused(leaving)
            try await shop.system.part("identity", "stop")
            do {
                try await expect(staying, 200)
                #expect(try await staying.get("/v1/me").status >= 500)
                for name in ["invoice", "payment"] { try await shop.system.part(name, "restart") }
                try await eventually("the restarted services answer") {
                    for path in Self.paths where try await staying.get(path).status != 200 { return false }
                    return true
                }
                try await staying.post("/v1/customers", #"{"name":"Acme"}"#).require(201)
                try await expect(leaving, 401)
            } catch {
                try await shop.system.part("identity", "start")
                throw error
            }
            try await shop.system.part("identity", "start")
            try await expect(shop.sender(), 200)
        }

        @Test("the signing key is replaced: tokens of both keys are accepted, and nothing was restarted")
        func rotatedKey() async throws {
            let shop = try await Northwind.open()
            let services = ["identity", "invoice", "payment", "scheduler", "notification"]
            func processes() async throws -> [String] {
                var processes: [String] = []
                for name in services { processes.append(try await shop.system.part(name, "pid")) }
                return processes
            }
            func header(_ caller: APIClient) -> Substring? { caller.token?.split(separator: ".").first }
            let before = try await processes()
            let old = try await shop.sender()
            try await shop.system.command("rotate-key", of: "identity")
            let fresh = try await eventually("a token of the new key") {
                let caller = try await shop.sender()
                return header(caller) == header(old) ? nil : caller
            }
            try await expect(fresh, 200)
            try await expect(old, 200)
            #expect(try await processes() == before)
        }

        @Test("a stolen refresh token: its second use ends the login and, within seconds, its access tokens")
        func stolenToken() async throws {
            let shop = try await Northwind.open()
            let api = APIClient(base: shop.system.url)
            func refresh(_ token: String?) async throws -> APIClient.Reply {
                try await api.post("/v1/sessions/refresh", #"{"refresh_token":"\#(token ?? "")"}"#)
            }
            let login = try await api.post(
                "/v1/sessions", #"{"email":"\#(shop.senderMail)","password":"\#(Northwind.password)"}"#
            ).require(200)
            let thief = try await refresh(login["refresh_token"]).require(200)
            let callers = [login, thief].map { api.with(token: $0["access_token"] ?? "") }
            for caller in callers { try await expect(caller, 200) }
            // Past the moment in which a browser that lost the answer may ask again.
            try await shop.system.advance(by: .seconds(15))
            try await refresh(login["refresh_token"]).require(401)
            for caller in callers { try await waitUntilRefused(caller) }
            try await refresh(thief["refresh_token"]).require(401)
        }

        @Test("a key's last use shows wherever that was, and a revoked key is refused within seconds")
        func key() async throws {
            let shop = try await Northwind.open()
            let owner = try await shop.sender()
            let made = try await owner.post(
                "/v1/api_keys", #"{"name":"Till","scopes":["payments.read"]}"#
            ).require(201)
            let till = APIClient(base: shop.system.url).with(token: made["key"] ?? "")
            func lastUse() async throws -> Instant? {
                let listed = try await owner.get("/v1/api_keys").require(200).json.elements
                let key = listed.first { $0["id"]?.string == made["id"] }
                return key?["last_used_at"]?.string.flatMap { Instant(rfc3339: $0) }
            }
            #expect(try await lastUse() == nil)
            try await eventually("payment knows the key") {
                try await till.get("/v1/charges").status == 200
            }
            let first = try await eventually("the use is known") {
                try await lastUse()
            }
            try await shop.system.advance(by: .seconds(60))
            try await till.get("/v1/charges").require(200)
            try await eventually("the later use is known") {
                try await lastUse().map { $0 >= first + .seconds(60) } ?? false
            }
            try await owner.send("DELETE", "/v1/api_keys/\(made["id"] ?? "")").require(204)
            try await eventually("payment refuses the key") {
                try await till.get("/v1/charges").status == 401
            }
        }

        @Test("the owner sees what a superadmin saw and changed at another service")
        func superadmin() async throws {
            let shop = try await Northwind.open()
            let platform = try await Northwind.open()
            _ = try await shop.system.query(
                "UPDATE identity.accounts SET is_superadmin = true WHERE email_key = '\(platform.senderMail)'"
            )
            let root = try await Northwind.signIn(platform.senderMail, shop.system)
            let customer = try await root.post(
                "/v1/customers?website_id=\(shop.organization)", #"{"name":"Secretly Ltd"}"#
            ).require(201)
            try await root.get("/v1/charges?website_id=\(shop.organization)").require(200)
            let owner = try await shop.sender()
            let acts = try await eventually("both acts in the trail") {
                let rows = try await owner.get("/v1/audit_events").require(200).json.elements
                let acts = rows.filter { $0["kind"]?.string == "superadmin_acted" }
                return acts.count == 2 ? acts : nil
            }
            #expect(
                Set(acts.map { "\($0["service"]?.string ?? "") \($0["action"]?.string ?? "")" }) == [
                    "invoice POST /v1/customers", "payment GET /v1/charges",
                ])
            let change = acts.first { $0["service"]?.string == "invoice" }
            #expect(change?["subjects"]?.elements.map(\.string) == [customer["id"]])
        }
    }
}
