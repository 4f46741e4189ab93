import Postgres
import Primitives
import TestKit
import Testing

@testable import IdentityService

@Suite(.timeLimit(.minutes(10))) struct AuditCoverageTests {
    private func count(_ kind: Audit.Kind, _ world: IdentityWorld) async throws -> Int64 {
        try await world.addressEventsAreSettled()
        return try await world.pool.transaction { tx in
            try tx.query("SELECT count(*) FROM audit_events WHERE kind = $1", [kind.rawValue])
                .scalar(as: Int64.self) ?? 0
        }
    }

    @Test(
        "every kind of audit event is written once by the flow that it stands for",
        arguments: Audit.Kind.allCases)
    func written(_ kind: Audit.Kind) async throws {
        try await TeamWorld.with(["DUELY_FAILED_LOGINS_PER_ACCOUNT": "2"]) { team in
            let before = try await count(kind, team.world)
            try await AuditFlows(team: team).run(kind)
            #expect(try await count(kind, team.world) > before)
        }
    }

    @Test("a locked account is kept once per window, and refusals once, however many there are")
    func bounded() async throws {
        try await TeamWorld.with(["DUELY_FAILED_LOGINS_PER_ACCOUNT": "2"]) { team in
            for _ in 0..<2 {
                for _ in 0..<6 { _ = try await team.world.logIn(password: "not my phrase") }
                team.world.clock.advance(by: .seconds(900))
            }
            #expect(try await count(.loginFailed, team.world) == 4)
            #expect(try await count(.loginsLocked, team.world) == 2)
            #expect(try await count(.loginRefused, team.world) == 2)
        }
    }

    @Test("what was done for an organization names who did it and to whom, and its owner sees it")
    func subjects() async throws {
        try await TeamWorld.with { team in
            let member = try await team.join("mia@north.test", as: "admin")
            let key = try await team.world.call(
                "POST", "/v1/api_keys", #"{"name":"Shop","scopes":["invoices.read"]}"#, token: team.owner)
            _ = try await team.world.call(
                "PATCH", "/v1/organizations/\(team.organizationID)", #"{"name":"South"}"#, token: member.token
            )
            _ = try await team.world.call(
                "PATCH", "/v1/members/\(member.id)", #"{"role":"member"}"#, token: team.owner)
            let list = try await team.world.call("GET", "/v1/audit_events", token: team.owner)
            func event(_ kind: String) -> [String?] {
                let event = list.root?.elements.first { $0["kind"]?.string == kind }
                return [event?["account_id"]?.string] + (event?["subjects"]?.elements.map { $0.string } ?? [])
            }
            #expect(event("api_key_made") == [team.ownerID, key["id"]])
            #expect(event("organization_changed") == [member.id, team.organizationID])
            #expect(event("member_role_changed") == [team.ownerID, member.id])
        }
    }
}
