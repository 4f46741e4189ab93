import EventContracts
import HTTPClient
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import IdentityService

/// What other services report: acts of superadmins, and uses of keys.
@Suite(.timeLimit(.minutes(10))) struct ReportTests {
    private func received<Payload: EventPayload, Subject>(
        _ payload: Payload, subject: ID<Subject>, from service: String, at now: Instant
    ) throws -> Received<Payload> {
        let event = try OutgoingEvent(
            payload, subject: subject, tenant: nil, sequence: nil,
            cause: EventCause(traceparent: nil, clockTime: now), service: service)
        return Received(envelope: try EventEnvelope(parsing: event.body), payload: payload)
    }

    @Test("an act at another service is one row that the owner sees, however often it comes")
    func acts() async throws {
        try await IdentityWorld.with { world in
            let organization = try await world.signUp()["organization_id"] ?? ""
            let root = try await world.signUp("root@platform.test")["account_id"] ?? ""
            let now = world.clock.now()
            func act(_ organization: OrganizationID, _ resource: String?) throws -> Received<SuperadminActed>
            {
                let account = try #require(AccountID(root))
                return try received(
                    SuperadminActed(
                        accountID: account, organizationID: organization,
                        action: "POST /v1/invoices/{id}/void", resourceID: resource, requestID: "r-1",
                        clientAddress: "192.0.2.9", at: now),
                    subject: account, from: "invoice", at: now)
            }
            let own = try #require(OrganizationID(organization))
            let invoice = "\(InvoiceID(.v7()))"
            let batch = [try act(own, invoice), try act(OrganizationID(.v7()), nil), try act(own, nil)]
            for _ in 0..<2 {
                try await world.pool.transaction { tx in
                    try RecordSuperadminAct().handle(batch + batch, in: tx)
                }
            }
            let owner = try await world.logIn()["access_token"]
            let list = try await world.call("GET", "/v1/audit_events", token: owner)
            let rows = list.root?.elements.filter { $0["kind"]?.string == "superadmin_acted" } ?? []
            #expect(rows.count == 2)
            let row = try #require(rows.first { !($0["subjects"]?.elements.isEmpty ?? true) })
            #expect(row["subjects"]?.elements.map(\.string) == [invoice])
            #expect(row["account_id"]?.string == root && row["client_address"]?.string == "192.0.2.9")
            #expect(row["service"]?.string == "invoice" && row["request_id"]?.string == "r-1")
            #expect(row["action"]?.string == "POST /v1/invoices/{id}/void")
            #expect(row["at"]?.string == now.rfc3339)
        }
    }

    @Test("identity's own part of the trail says by which route, about what and with which request")
    func ownActs() async throws {
        try await IdentityWorld.with { world in
            let organization = try await world.signUp()["organization_id"] ?? ""
            _ = try await world.signUp("root@platform.test")
            let root = try await world.superadmin()
            let answer = try await world.call(
                "GET", "/v1/organizations/\(organization)?website_id=\(organization)", token: root)
            #expect(answer.status == 200)
            let owner = try await world.logIn()["access_token"]
            let list = try await world.call("GET", "/v1/audit_events", token: owner)
            let row = list.root?.elements.first { $0["kind"]?.string == "superadmin_acted" }
            #expect(row?["service"]?.string == "identity")
            #expect(row?["action"]?.string == "GET /v1/organizations/{id}")
            #expect(row?["subjects"]?.elements.map(\.string) == [organization])
            #expect(row?["request_id"]?.string == answer.response.header("x-request-id"))
        }
    }

    @Test("the latest use of a key shows in the list, whoever reports it and in whatever order")
    func uses() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let owner = try await world.logIn()["access_token"]
            let made = try await world.call(
                "POST", "/v1/api_keys", #"{"name":"Shop","scopes":["invoices.read"]}"#, token: owner)
            let key = try #require(APIKeyID(made["id"] ?? ""))
            let now = world.clock.now()
            func use(_ id: APIKeyID, _ seconds: Int) throws -> Received<APIKeyUsed> {
                try received(
                    APIKeyUsed(apiKeyID: id, lastUsedAt: now + .seconds(seconds)), subject: id,
                    from: "payment", at: now)
            }
            func shown() async throws -> String? {
                let list = try await world.call("GET", "/v1/api_keys", token: owner)
                return list.root?.elements.first?["last_used_at"]?.string
            }
            func handle(_ batch: [Received<APIKeyUsed>]) async throws {
                try await world.pool.transaction { tx in try RecordKeyUse().handle(batch, in: tx) }
            }
            #expect(try await shown() == nil)
            try await handle([use(key, 20), use(APIKeyID(.v7()), 50), use(key, 40), use(key, 30)])
            #expect(try await shown() == (now + .seconds(40)).rfc3339)
            try await handle([use(key, 39), use(key, 10)])
            #expect(try await shown() == (now + .seconds(40)).rfc3339)
            try await handle([use(key, 41)])
            #expect(try await shown() == (now + .seconds(41)).rfc3339)
        }
    }
}
