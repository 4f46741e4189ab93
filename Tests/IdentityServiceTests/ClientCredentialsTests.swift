import HTTPClient
import Primitives
import TestKit
import Testing

/// Clients that exchange a secret for tokens.
@Suite(.timeLimit(.minutes(10))) struct ClientCredentialsTests {
    private struct Client {
        let token: String?
        let id: String
        let secret: String
        let path: String
    }

    private func made(_ world: IdentityWorld, _ more: String = "") async throws -> Client {
        _ = try await world.signUp()
        let token = try await world.logIn()["access_token"]
        let answer = try await world.call(
            "POST", "/v1/api_clients",
            #"{"name":"Shop","scopes":["customers.read","customers.write"]\#(more)}"#, token: token)
        #expect(answer.status == 201 && answer.response.header("cache-control") == "no-store")
        let id = try #require(answer["client_id"])
        #expect(id.hasPrefix("apc_") && answer["id"] == id)
        return Client(
            token: token, id: id, secret: try #require(answer["client_secret"]),
            path: "/v1/api_clients/\(id)")
    }

    private func ask(
        _ world: IdentityWorld, _ form: String, basic: String? = nil,
        type: String = "application/x-www-form-urlencoded", address: String = "192.0.2.1"
    ) async throws -> Answer {
        var headers = [(name: "Content-Type", value: type), (name: "X-Forwarded-For", value: address)]
        if let basic { headers.append((name: "Authorization", value: "Basic \(Base64.encode(basic.utf8))")) }
        let response = try await world.client.send(
            ClientRequest(
                method: "POST", url: "http://127.0.0.1:\(world.port)/oauth/token", headers: headers,
                body: Array(form.utf8),
                limits: .init(connect: .seconds(20), total: .seconds(60), responseBytes: 1 << 20)))
        let root = try JSONDocument(parsing: response.body).root
        return Answer(status: response.status, root: root, response: response)
    }

    @Test(
        "a client gets a token for its scopes or fewer, in the body or by header, and the token opens routes")
    func token() async throws {
        try await IdentityWorld.with { world in
            let client = try await made(world)
            let grant = "grant_type=client_credentials"
            let whole = try await ask(
                world, "\(grant)&client_id=\(client.id)&client_secret=\(client.secret)")
            #expect(whole.status == 200 && whole["token_type"] == "Bearer")
            #expect(whole["scope"] == "customers.read customers.write")
            #expect(whole.root?["expires_in"]?.int64 == 600)
            #expect(whole.response.header("cache-control") == "no-store")
            #expect(whole.response.header("pragma") == "no-cache")
            let part = try await ask(
                world, "\(grant)&scope=customers.read", basic: "\(client.id):\(client.secret)")
            #expect(part.status == 200 && part["scope"] == "customers.read")
            for answer in [whole, part] {
                let list = try await world.call("GET", "/v1/invitations", token: answer["access_token"])
                #expect(list.status == 200)
            }
            let refused = try await world.call(
                "POST", "/v1/invitations", "{}", token: part["access_token"])
            #expect(refused.status == 403)
            let listed = try await world.call("GET", "/v1/api_clients", token: client.token)
            #expect(listed.root?.elements.first?["last_used_at"]?.string != nil)
            #expect(listed.root?.elements.first?["client_secret"] == nil)
            #expect(
                try await world.call("GET", "/v1/api_keys", token: client.token).root?.elements.count == 0)
        }
    }

    @Test("what is wrong with a request for a token is said as RFC 6749 says it")
    func refusals() async throws {
        try await IdentityWorld.with { world in
            let client = try await made(world)
            let credentials = "client_id=\(client.id)&client_secret=\(client.secret)"
            let grant = "grant_type=client_credentials"
            let basic = "\(client.id):\(client.secret)"
            let cases: [(form: String, basic: String?, status: Int, error: String)] = [
                ("", nil, 400, "invalid_request"), (credentials, nil, 400, "invalid_request"),
                ("grant_type=&\(credentials)", nil, 400, "invalid_request"),
                ("grant_type=password&\(credentials)", nil, 400, "unsupported_grant_type"),
                ("\(grant)&\(grant)&\(credentials)", nil, 400, "invalid_request"),
                ("\(grant)&\(credentials)", basic, 400, "invalid_request"),
                ("\(grant)&client_id=apc_other", basic, 400, "invalid_request"),
                ("\(grant)&scope=%zz&\(credentials)", nil, 400, "invalid_request"),
                ("\(grant)&x=\(String(repeating: "x", count: 9_000))", basic, 400, "invalid_request"),
                ("\(grant)&scope=payments.write&\(credentials)", nil, 400, "invalid_scope"),
                ("\(grant)&scope=customers.read+moon.walk&\(credentials)", nil, 400, "invalid_scope"),
                (grant, nil, 401, "invalid_client"), (grant, "nonsense", 401, "invalid_client"),
                (grant, "\(client.id):wrong", 401, "invalid_client"),
                (grant, "apc_01h455vb4pex5vsknk084sn02q:\(client.secret)", 401, "invalid_client"),
                ("\(grant)&client_id=\(client.id)", nil, 401, "invalid_client"),
            ]
            for (form, basic, status, error) in cases {
                let answer = try await ask(world, form, basic: basic)
                #expect(answer.status == status && answer["error"] == error, "\(form)")
                #expect(answer.response.header("cache-control") == "no-store")
                if status == 401 { #expect(answer.response.header("www-authenticate") != nil) }
            }
            let json = try await ask(world, "{}", type: "application/json")
            #expect(json.status == 400 && json["error"] == "invalid_request")
        }
    }

    @Test("guessing a client's secret is stopped by address")
    func guessing() async throws {
        try await IdentityWorld.with(["DUELY_FAILED_LOGINS_PER_ADDRESS": "3"]) { world in
            let client = try await made(world)
            let form = "grant_type=client_credentials&client_id=\(client.id)&client_secret="
            for _ in 0..<3 { #expect(try await ask(world, form + "wrong").status == 401) }
            let stopped = try await ask(world, form + client.secret)
            #expect(stopped.status == 429 && stopped.response.header("retry-after") != nil)
            #expect(try await ask(world, form + client.secret, address: "192.0.2.2").status == 200)
        }
    }

    @Test("a client that is revoked gets no token, and the tokens that it has end within seconds")
    func revoked() async throws {
        try await IdentityWorld.with { world in
            let client = try await made(world)
            let form = "grant_type=client_credentials&client_id=\(client.id)&client_secret=\(client.secret)"
            let token = try await ask(world, form)["access_token"]
            #expect(try await world.call("GET", "/v1/invitations", token: token).status == 200)
            #expect(try await world.call("DELETE", client.path, token: client.token).status == 204)
            try await eventually("the token is refused") {
                try await world.call("GET", "/v1/invitations", token: token).status == 401
            }
            #expect(try await ask(world, form)["error"] == "invalid_client")
            let events = try await world.events("api_key.changed.v1")
            #expect(events.allSatisfy { $0.data["hash"]?.string == "" && $0.data["is_client"]?.bool == true })
        }
    }

    @Test("a replaced secret counts for its overlap, and no token lives longer than its client")
    func times() async throws {
        try await IdentityWorld.with { world in
            let client = try await made(world, #","expires_at":"2027-01-15T08:20:00Z""#)
            let rotated = try await world.call(
                "POST", client.path + "/rotate", #"{"overlap_seconds":900}"#, token: client.token)
            let fresh = try #require(rotated["client_secret"])
            func token(_ secret: String) async throws -> Answer {
                try await ask(
                    world, "grant_type=client_credentials&client_id=\(client.id)&client_secret=\(secret)")
            }
            #expect(try await token(client.secret).status == 200)
            world.clock.advance(by: .seconds(900))
            #expect(try await token(client.secret).status == 401)
            let last = try await token(fresh)
            #expect(last.root?["expires_in"]?.int64 == 300)
            world.clock.advance(by: .seconds(300))
            #expect(try await token(fresh).status == 401)
        }
    }
}
