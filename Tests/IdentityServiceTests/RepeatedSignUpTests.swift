import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@testable import IdentityService

/// Signing up with an address that is known, or that somebody else was the first to try.
@Suite(.timeLimit(.minutes(10))) struct RepeatedSignUpTests {
    private static let squatter = "the phrase of somebody else"

    private func link(_ world: IdentityWorld) async throws -> String {
        try #require(try await world.mailedSecret("verification", path: "verifications"))
    }

    private func mails(_ world: IdentityWorld) async throws -> [String] {
        try await world.events("mail.requested.v1").compactMap { $0.data["kind"]?.string }
    }

    private static let headers = [
        "content-type", "content-length", "cache-control", "location", "ratelimit", "retry-after",
        "set-cookie",
        "vary",
    ]

    @Test("a known address has the same answer as a new one, changes nothing, and its person is told")
    func known() async throws {
        try await IdentityWorld.with { world in
            let first = try await world.signUp()
            let unknown = try await world.askSignUp("new@sender.test")
            let known = try await world.askSignUp("Nora@sender.test", password: Self.squatter)
            for answer in [unknown, known] {
                #expect(answer.status == 201)
                #expect(AccountID(answer["account_id"] ?? "") != nil)
                #expect(OrganizationID(answer["organization_id"] ?? "") != nil)
            }
            #expect(known["account_id"] != first["account_id"])
            for name in Self.headers {
                #expect(known.response.header(name) == unknown.response.header(name), "\(name)")
            }
            #expect(known.response.body.count == unknown.response.body.count)
            let told = try #require(try await world.events("mail.requested.v1").last)
            #expect(told.data["kind"]?.string == "sign_up_repeated")
            #expect(told.data["to"]?.string == "nora@sender.test")
            #expect(told.data["recipient_name"]?.string == "Nora North")
            #expect(try await world.logIn(password: Self.squatter).code == "invalid_credentials")
            let token = try await world.logIn()["access_token"]
            try await world.addressEventsAreSettled()
            let audit = try await world.call("GET", "/v1/me/audit_events", token: token)
            let kinds = audit.root?.elements.compactMap { $0["kind"]?.string } ?? []
            #expect(kinds.filter { $0 == "sign_up_repeated" }.count == 1)
            #expect(try await world.events("account.registered.v1").count == 1)
        }
    }

    @Test("an address that is not proven cannot log in; with the right password its link comes again")
    func unproven() async throws {
        try await IdentityWorld.with { world in
            let account = try await world.askSignUp()["account_id"]
            let first = try await link(world)
            #expect(try await world.logIn(password: Self.squatter).status == 401)
            #expect(try await mails(world).count == 1)
            #expect(try await world.logIn().status == 401)
            #expect(try await mails(world) == ["verification", "verification"])
            let second = try await link(world)
            #expect(try await world.prove(first).code == "invalid_verification")
            #expect(try await world.prove(second)["account_id"] == account)
            #expect(try await world.logIn().status == 200)
        }
    }

    @Test("whoever signed up first with an address that is not theirs locks nobody out, and is out for good")
    func squatted() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.askSignUp(password: Self.squatter)
            let theirs = try await link(world)
            let account = try await world.askSignUp()["account_id"]
            let mine = try await link(world)
            // Once more, so that the owner's is not the newest either.
            _ = try await world.askSignUp(password: Self.squatter)
            let newest = try await link(world)
            #expect(try await world.prove(mine)["account_id"] == account)
            for secret in [theirs, newest] {
                #expect(try await world.prove(secret).code == "invalid_verification")
            }
            #expect(try await world.logIn(password: Self.squatter).status == 401)
            let login = try await world.logIn()
            #expect(login.status == 200 && login["account_id"] == account)
            #expect(try await world.events("organization.created.v1").count == 1)
        }
    }

    @Test("mails to one address are few, be it known or not, and the answer does not tell")
    func throttled() async throws {
        try await IdentityWorld.with(["DUELY_VERIFICATIONS_PER_ACCOUNT": "2"]) { world in
            _ = try await world.signUp("known@sender.test")
            for email in ["known@sender.test", "new@sender.test"] {
                for _ in 0..<4 { #expect(try await world.askSignUp(email).status == 201) }
            }
            #expect(try await mails(world).filter { $0 == "verification" }.count == 3)
            #expect(try await mails(world).filter { $0 == "sign_up_repeated" }.count == 1)
            _ = try await world.logIn("new@sender.test")
            #expect(try await mails(world).count == 4)
            // Wrong passwords use nothing up.
            world.clock.advance(by: .seconds(3600))
            for _ in 0..<3 { _ = try await world.logIn("new@sender.test", password: Self.squatter) }
            #expect(try await world.logIn("new@sender.test").status == 401)
            #expect(try await mails(world).count == 5)
        }
    }

    @Test("an accepted invitation proves the address, and ends what was tried with it before")
    func invited() async throws {
        try await TeamWorld.with { team in
            _ = try await team.world.askSignUp("mia@north.test", password: Self.squatter)
            let theirs = try await link(team.world)
            let mia = try await team.join("mia@north.test")
            #expect(!mia.token.isEmpty)
            #expect(try await team.world.prove(theirs).code == "invalid_verification")
            #expect(try await team.world.logIn("mia@north.test", password: Self.squatter).status == 401)
        }
    }

    @Test("an account from before, whose address was never proven, gets its link with the right password")
    func legacy() async throws {
        try await IdentityWorld.with { world in
            let account = try await world.signUp()["account_id"]
            _ = try await world.pool.transaction { tx in
                try tx.execute("UPDATE accounts SET verified_at = NULL")
            }
            #expect(try await world.logIn(password: Self.squatter).status == 401)
            #expect(try await mails(world).count == 1)
            #expect(try await world.logIn().code == "invalid_credentials")
            #expect(try await mails(world).count == 2)
            #expect(try await world.prove(try await link(world))["account_id"] == account)
            #expect(try await world.logIn().status == 200)
        }
    }

    @Test("what was asked for and never confirmed is forgotten with its link")
    func forgotten() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.askSignUp()
            world.clock.advance(by: .seconds(3 * 86_400))
            #expect(try await world.logIn().status == 401)
            #expect(try await mails(world).count == 1)
            let now = world.clock.now()
            let left = try await world.pool.transaction { tx in
                try SignUpStore.prune(expiredBefore: now, in: tx)
                return try tx.query("SELECT count(*) FROM sign_ups").scalar(as: Int64.self)
            }
            #expect(left == 0)
        }
    }
}
