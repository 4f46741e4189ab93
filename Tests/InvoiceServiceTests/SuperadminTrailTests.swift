import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

/// What a superadmin does for an organization here reaches that organization's audit trail.
@Suite(.timeLimit(.minutes(10))) struct SuperadminTrailTests {
    private func acts(_ world: InvoiceWorld) async throws -> [EventEnvelope] {
        try await world.published().filter { $0.type == SuperadminActed.descriptor.type }
    }

    private func root(_ world: InvoiceWorld, _ account: AccountID = AccountID(.v7())) -> String {
        world.token(of: nil, account: account, role: .superadmin)
    }

    @Test("a change is told with who, where, what and when, and nothing of what was written")
    func change() async throws {
        try await InvoiceWorld.with { world in
            let account = AccountID(.v7())
            let made = try await world.call(
                "POST", "/v1/customers?website_id=\(world.organizationID)",
                #"{"name":"Secretly Ltd","email":"hidden@secret.test"}"#, token: root(world, account))
            #expect(made.status == 201)
            let transactions = try await world.pool.transaction { tx in
                try tx.query("SELECT count(DISTINCT xmin::text) FROM events").scalar(as: Int64.self)
            }
            #expect(transactions == 1, "the act is told in the transaction of the change")
            let act = try #require(try await acts(world).first)
            #expect(act.source == "/invoice" && act.tenantID == world.organizationID && act.sequence == nil)
            #expect(act.data["account_id"]?.string == "\(account)")
            #expect(act.data["organization_id"]?.string == "\(world.organizationID)")
            #expect(act.data["action"]?.string == "POST /v1/customers")
            #expect(act.data["resource_id"]?.string == made.text("id"))
            #expect(act.data["client_address"]?.string == "127.0.0.1")
            #expect(act.data["at"]?.string == world.clock.now().rfc3339)
            #expect(act.data["request_id"]?.string == made.response.headers["x-request-id"])
            let text = String(decoding: act.data.rawBytes, as: UTF8.self)
            #expect(!text.contains("Secretly") && !text.contains("hidden"))
            let id = made.text("id") ?? ""
            try await world.call(
                "PATCH", "/v1/customers/\(id)?website_id=\(world.organizationID)", #"{"name":"Other"}"#,
                token: root(world))
            let second = try await acts(world).last
            #expect(second?.data["action"]?.string == "PATCH /v1/customers/{id}")
            #expect(second?.data["resource_id"]?.string == id)
        }
    }

    @Test("a repeated request is one act; what was refused, and what others do, is none")
    func once() async throws {
        try await InvoiceWorld.with { world in
            let (token, path) = (root(world), "/v1/customers?website_id=\(world.organizationID)")
            for _ in 0..<3 {
                let answer = try await world.call(
                    "POST", path, #"{"name":"Acme"}"#, token: token, key: "same")
                #expect(answer.status == 201)
            }
            #expect(try await acts(world).count == 1)
            #expect(try await world.call("POST", path, "{", token: token).status == 400)
            let gone = "/v1/invoices/\(InvoiceID(.v7()))/void?website_id=\(world.organizationID)"
            #expect(try await world.call("POST", gone, token: token).status == 404)
            #expect(try await world.call("POST", path, #"{"name":"Mine"}"#).status == 201)
            #expect(
                try await world.call("POST", "/v1/customers", #"{"name":"A"}"#, token: token).status == 422)
            let stranger = world.token(of: OrganizationID(.v7()))
            #expect(try await world.call("POST", path, #"{"name":"A"}"#, token: stranger).status == 403)
            #expect(try await acts(world).count == 1)
        }
    }

    @Test("reading is told as well, before it is answered")
    func reading() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let query = "?website_id=\(world.organizationID)"
            for path in ["/v1/customers", "/v1/customers/\(customer)", "/v1/invoices/\(InvoiceID(.v7()))"] {
                try await world.call("GET", path + query, token: root(world))
                try await world.call("GET", path + query)
            }
            let acts = try await acts(world)
            #expect(
                acts.map { $0.data["action"]?.string } == [
                    "GET /v1/customers", "GET /v1/customers/{id}", "GET /v1/invoices/{id}",
                ])
            #expect(
                acts[1].data["resource_id"]?.string == "\(customer)" && acts[0].data["resource_id"] == nil)
        }
    }
}
