import HTTPClient
import Primitives
import Testing

@testable import IdentityService

/// For every kind of audit event a flow through the routes that ends in it; a kind without one does not compile.
struct AuditFlows {
    private static let wrong = "not my phrase"
    private static let other = "quite another phrase"

    let team: TeamWorld

    private var world: IdentityWorld { team.world }
    private var organization: String { "/v1/organizations/\(team.organizationID)" }

    func run(_ kind: Audit.Kind) async throws {
        switch kind {
        case .signedUp, .emailVerified: try await world.signUp("b@b.test")
        case .signUpRepeated: _ = try await world.askSignUp()
        case .loggedIn: _ = try await world.logIn()
        case .loginFailed: _ = try await world.logIn(password: Self.wrong)
        case .loginsLocked: try await fail(times: 2)
        case .loginRefused: try await fail(times: 4)
        case .loggedOut: try await own("DELETE", "/v1/sessions/current", 204)
        case .loggedOutEverywhere: try await own("DELETE", "/v1/sessions", 204)
        case .sessionRevoked: try await endOther()
        case .tokenReused: try await reuse()
        case .passwordCheckFailed: try await change(Self.wrong, 422)
        case .passwordChanged: try await change(IdentityWorld.password, 204)
        case .passwordResetAsked, .passwordResetDone: try await reset()
        case .emailChangeAsked, .emailChanged: try await changeEmail()
        case .totpEnabled, .totpDisabled, .recoveryCodesRenewed: try await secondFactor()
        case .accountExported: try await own("GET", "/v1/me/export", 200)
        case .accountErased: try await erase()
        case .superadminActed: try await superadmin()
        case .invitationSent, .invitationResent, .invitationRevoked, .invitationAccepted:
            try await invitations()
        case .memberRoleChanged, .memberRestricted, .memberRemoved: try await members()
        case .organizationChanged: try await own("PATCH", organization, 200, #"{"name":"South Studio"}"#)
        case .logoChanged: try await logo()
        case .apiKeyMade, .apiKeyRotated, .apiKeyRevoked: try await machines("/v1/api_keys")
        case .apiClientMade, .apiClientRotated, .apiClientRevoked: try await machines("/v1/api_clients")
        }
    }

    @discardableResult
    private func own(
        _ method: String, _ path: String, _ status: Int, _ body: String? = nil, token: String? = nil
    ) async throws -> Answer {
        let answer = try await world.call(method, path, body, token: token ?? team.owner)
        #expect(answer.status == status, "\(method) \(path)")
        return answer
    }

    private func fail(times: Int) async throws {
        for _ in 0..<times { _ = try await world.logIn(password: Self.wrong) }
    }

    private func endOther() async throws {
        _ = try await world.logIn()
        let sessions = try await own("GET", "/v1/sessions", 200).root?.elements ?? []
        let id = sessions.first { $0["is_current"]?.bool == false }?["id"]?.string
        try await own("DELETE", "/v1/sessions/\(id ?? "")", 204)
    }

    private func reuse() async throws {
        let login = try await world.logIn()
        _ = try await world.refresh(login["refresh_token"])
        world.clock.advance(by: .seconds(11))
        _ = try await world.refresh(login["refresh_token"])
    }

    private func change(_ current: String, _ status: Int) async throws {
        try await own(
            "POST", "/v1/password", status,
            #"{"current_password":"\#(current)","new_password":"\#(Self.other)"}"#)
    }

    private func reset() async throws {
        try await own("POST", "/v1/password_resets", 202, #"{"email":"nora@sender.test"}"#)
        let secret = try await world.mailedReset() ?? ""
        try await own("POST", "/v1/password_resets/\(secret)", 204, #"{"password":"\#(Self.other)"}"#)
    }

    private func changeEmail() async throws {
        try await own(
            "POST", "/v1/me/email", 202,
            #"{"email":"nora@new.test","password":"\#(IdentityWorld.password)"}"#)
        let secret = try await world.mailedSecret("verification", path: "verifications") ?? ""
        #expect(try await world.prove(secret).status == 200)
    }

    private func secondFactor() async throws {
        let (device, _) = try await world.turnOnSecondFactor(team.owner)
        let password = #""password":"\#(IdentityWorld.password)""#
        try await own("POST", "/v1/me/totp/recovery_codes", 200, "{\(password)}")
        let code = device.code(at: world.clock.now())
        try await own("DELETE", "/v1/me/totp", 204, #"{\#(password),"code":"\#(code)"}"#)
    }

    private func erase() async throws {
        let member = try await team.join("mia@north.test")
        let proof = #"{"password":"\#(IdentityWorld.password)"}"#
        try await own("POST", "/v1/me/erasure", 204, proof, token: member.token)
    }

    private func superadmin() async throws {
        let token = try await world.superadmin()
        try await own("GET", "/v1/members?website_id=\(team.organizationID)", 200, token: token)
    }

    private func invitations() async throws {
        let first = try await team.invite("mia@north.test")["id"] ?? ""
        try await own("POST", "/v1/invitations/\(first)/resend", 200)
        try await own("DELETE", "/v1/invitations/\(first)", 204)
        _ = try await team.join("max@north.test")
    }

    private func members() async throws {
        let member = "/v1/members/\(try await team.join("mia@north.test").id)"
        try await own("PATCH", member, 200, #"{"permissions":["invoices.read"]}"#)
        try await own("PATCH", member, 200, #"{"role":"admin"}"#)
        try await own("DELETE", member, 204)
    }

    private func logo() async throws {
        let response = try await world.client.send(
            ClientRequest(
                method: "PUT", url: "http://127.0.0.1:\(world.port)\(organization)/logo",
                headers: [("Authorization", "Bearer \(team.owner)")],
                body: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3],
                limits: .init(connect: .seconds(20), total: .seconds(60), responseBytes: 1 << 20)))
        #expect(response.status == 204)
    }

    private func machines(_ path: String) async throws {
        let made = try await own("POST", path, 201, #"{"name":"Shop","scopes":["invoices.read"]}"#)
        let one = "\(path)/\(made["id"] ?? "")"
        try await own("POST", one + "/rotate", 200, #"{"overlap_seconds":60}"#)
        try await own("DELETE", one, 204)
    }
}
