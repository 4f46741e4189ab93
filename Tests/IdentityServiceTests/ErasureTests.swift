import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct ErasureTests {
    private static let erasure = #"{"password":"\#(IdentityWorld.password)"}"#

    /// A client who came by an invitation, logged in.
    private func client(_ world: IdentityWorld) async throws -> (token: String?, account: String?) {
        _ = try await world.signUp()
        let owner = try await world.logIn()["access_token"]
        _ = try await world.call(
            "POST", "/v1/invitations",
            #"{"kind":"client","customer_id":"\#(CustomerID(.v7()))","email":"zeno@client.test","name":"Zeno Quast"}"#,
            token: owner)
        let secret = try #require(
            try await world.mailedSecret("client_invitation", path: "invitations"))
        _ = try await world.call(
            "POST", "/v1/invitations/\(secret)/accept", #"{"password":"\#(IdentityWorld.password)"}"#)
        let login = try await world.logIn("zeno@client.test")
        return (login["access_token"], login["account_id"])
    }

    /// The tables, other than the outbox, in which a text stands.
    private func tables(_ world: IdentityWorld, with text: String) async throws -> [String] {
        try await world.pool.transaction { tx in
            let columns = try tx.query(
                """
                SELECT table_name, string_agg(format('coalesce(%I::text, '''')', column_name), '||')
                  FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name NOT IN ('events')
                   AND data_type IN ('text', 'jsonb', 'bytea') GROUP BY table_name ORDER BY table_name
                """)
            var found: [String] = []
            for column in columns {
                let (table, texts): (String, String) = (try column[0], try column[1])
                let count: Int64? = try tx.query(
                    "SELECT count(*) FROM \(table) WHERE position($1 IN \(texts)) > 0", [text]
                ).scalar()
                if count != 0 { found.append(table) }
            }
            return found
        }
    }

    @Test("an erased person is named nowhere, their tokens end, and the other services are told once")
    func erased() async throws {
        try await IdentityWorld.with { world in
            let (token, account) = try await client(world)
            #expect(try await tables(world, with: "zeno@client.test").contains("accounts"))
            world.clock.advance(by: .seconds(2))
            #expect(
                try await world.call("POST", "/v1/me/erasure", Self.erasure, token: token).status == 204)
            #expect(try await tables(world, with: "zeno@client.test") == [])
            #expect(try await tables(world, with: "Zeno Quast") == [])
            #expect(try await world.logIn("zeno@client.test").status == 401)
            try await eventually("the end of the token") {
                try await world.call("GET", "/v1/me", token: token).status == 401
            }
            let erased = try await world.events("account.erased.v1")
            #expect(erased.map { $0.data["account_id"]?.string } == [account])
            #expect(erased.first?.exchange == "identity.events")
            #expect(try await world.events("account.tokens_voided.v1").count == 1)
        }
    }

    @Test("the address of an erased account is free again")
    func addressIsFree() async throws {
        try await IdentityWorld.with { world in
            let (token, _) = try await client(world)
            _ = try await world.call("POST", "/v1/me/erasure", Self.erasure, token: token)
            #expect(try await world.signUp("zeno@client.test").status == 201)
        }
    }

    @Test("the only owner of an organization cannot leave it behind")
    func lastOwner() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let token = try await world.logIn()["access_token"]
            let answer = try await world.call("POST", "/v1/me/erasure", Self.erasure, token: token)
            #expect(answer.status == 409 && answer.code == "last_owner")
            #expect(try await world.logIn().status == 200)
        }
    }

    @Test("a wrong password erases nothing, and a missing one is named")
    func wrongPassword() async throws {
        try await IdentityWorld.with { world in
            let (token, _) = try await client(world)
            let wrong = try await world.call(
                "POST", "/v1/me/erasure", #"{"password":"not this one"}"#, token: token)
            #expect(wrong.status == 422 && wrong.fields == ["password": "wrong"])
            let missing = try await world.call("POST", "/v1/me/erasure", "{}", token: token)
            #expect(missing.status == 422 && missing.fields == ["password": "required"])
            #expect(try await world.call("POST", "/v1/me/erasure", Self.erasure).status == 401)
            #expect(try await world.events("account.erased.v1").isEmpty)
        }
    }

    @Test("a person gets everything that is kept of them here")
    func export() async throws {
        try await IdentityWorld.with { world in
            _ = try await world.signUp()
            let login = try await world.logIn()
            let record = try await world.call("GET", "/v1/me/export", token: login["access_token"])
            #expect(record.status == 200 && record["email"] == "nora@sender.test")
            #expect(record["name"] == "Nora North" && record["account_id"] == login["account_id"])
            let places = record.root?["organizations"]?.elements ?? []
            #expect(places.map { $0["role"]?.string } == ["owner"])
            #expect(places.map { $0["name"]?.string } == ["North Studio"])
            let logins = record.root?["sessions"]?.elements ?? []
            #expect(logins.map { $0["client_address"]?.string } == ["192.0.2.1"])
        }
    }
}
