import Primitives
import Testing

/// An organization whose owner invites people to the team.
struct TeamWorld: Sendable {
    let world: IdentityWorld
    let organizationID: String
    let ownerID: String
    let owner: String

    static func with(
        _ changes: [String: String] = [:], _ body: (TeamWorld) async throws -> Void
    ) async throws {
        try await IdentityWorld.with(changes) { world in
            let signUp = try await world.signUp()
            try await body(
                TeamWorld(
                    world: world, organizationID: try #require(signUp["organization_id"]),
                    ownerID: try #require(signUp["account_id"]),
                    owner: try #require(try await world.logIn()["access_token"])))
        }
    }

    func invite(
        _ email: String, as role: String = "member", by token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await world.call(
            "POST", "/v1/invitations",
            #"{"kind":"member","role":"\#(role)","email":"\#(email)","name":"Mia"}"#,
            token: token ?? owner, headers: headers)
    }

    /// The secret in the newest mail to a colleague.
    func secret() async throws -> String {
        try #require(try await world.mailedSecret("member_invitation", path: "invitations"))
    }

    func accept(_ secret: String, token: String? = nil) async throws -> Answer {
        try await world.call(
            "POST", "/v1/invitations/\(secret)/accept",
            token == nil ? #"{"password":"\#(IdentityWorld.password)"}"# : "", token: token)
    }

    /// Somebody who was invited and accepted with a new account, logged in.
    func join(_ email: String, as role: String = "member") async throws -> (id: String, token: String) {
        let invited = try await invite(email, as: role)
        #expect(invited.status == 201)
        let accepted = try await accept(try await secret())
        let token = try await world.logIn(email)["access_token"]
        return (try #require(accepted["account_id"]), try #require(token))
    }
}
