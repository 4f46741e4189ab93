import Crypto
import HTTPServer
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct AuthenticatorTests {
    @Test("a token tells who the caller is, in every role")
    func roundTrip() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            for role in Role.allCases {
                let principal = world.principal(role: role)
                let token = try await authenticator.authenticate(token: world.token(principal))
                #expect(token.principal == principal)
                #expect(token.expiresAt == Instant(seconds: 1_800_000_600))
            }
            await authenticator.stop()
        }
    }

    @Test("a restart while the issuer is down still knows the callers")
    func restart() async throws {
        try await AccessWorld.with { world in
            let principal = world.principal()
            let first = try await world.started()
            _ = try await first.authenticate(token: world.token(principal))
            await first.stop()
            world.source.publish(nil)
            let second = try await world.started()
            #expect(try await second.authenticate(token: world.token(principal)).principal == principal)
            await second.stop()
        }
    }

    @Test("a first start while the issuer is down answers 503 and recovers by itself")
    func firstStart() async throws {
        try await AccessWorld.with { world in
            world.source.publish(nil)
            let authenticator = try await world.started()
            let token = world.token(world.principal())
            let refusal = await problem { _ = try await authenticator.authenticate(token: token) }
            #expect(refusal?.status == 503)
            world.source.publish([world.key])
            _ = try await authenticator.authenticate(token: token)
            await authenticator.stop()
        }
    }

    @Test("a new key is fetched when it is met, once for all who wait, and stored")
    func unknownKey() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let next = SigningKey.generate()
            world.source.publish([world.key, next])
            let token = world.token(world.principal(), key: next)
            let before = world.source.fetches
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { _ = try await authenticator.authenticate(token: token) } }
                try await group.waitForAll()
            }
            #expect(world.source.fetches - before <= 3)
            await authenticator.stop()
            world.source.publish(nil)
            let restarted = try await world.started()
            _ = try await restarted.authenticate(token: token)
            await restarted.stop()
        }
    }

    @Test("a caller need not wait for the interval when the last fetch failed")
    func failedFetch() async throws {
        try await AccessWorld.with { world in
            world.source.publish(nil)
            let authenticator = try await world.started(minimumFetchInterval: .seconds(3600))
            let token = world.token(world.principal())
            #expect(await problem { _ = try await authenticator.authenticate(token: token) }?.status == 503)
            world.source.publish([world.key])
            _ = try await authenticator.authenticate(token: token)
            await authenticator.stop()
        }
    }

    @Test("forged key ids do not flood the issuer")
    func forgedKeys() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started(minimumFetchInterval: .seconds(3600))
            // The fetch of the refresh loop's first round may still be under way.
            try await eventually("the first fetches are over") { world.source.fetches >= 1 }
            for _ in 0..<100 {
                let token = world.token(world.principal(), key: .generate())
                #expect(
                    await problem { _ = try await authenticator.authenticate(token: token) }?.status == 401)
            }
            #expect(world.source.fetches <= 3)
            await authenticator.stop()
        }
    }

    @Test("tokens that have ended, come from the future, are forged or of another kind are refused")
    func refusals() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let token = world.token(world.principal())
            world.clock.advance(by: .seconds(604))
            _ = try await authenticator.authenticate(token: token)
            world.clock.advance(by: .seconds(1))
            let ended = await problem { _ = try await authenticator.authenticate(token: token) }
            #expect(ended?.status == 401 && ended?.code == "token_expired")
            #expect(ended?.headers["WWW-Authenticate"] == "Bearer error=\"invalid_token\"")
            let fresh = world.token(world.principal())
            world.clock.advance(by: .seconds(-60))
            #expect(
                await problem { _ = try await authenticator.authenticate(token: fresh) }?.code
                    == "invalid_token")
            world.clock.advance(by: .seconds(60))
            let claims = AccessToken(
                principal: world.principal(), issuedAt: world.clock.now(),
                expiresAt: world.clock.now() + .seconds(60)
            ).claims
            let otherKind = JWT.sign(claims: claims, type: "invitation+jwt", with: world.key)
            for bad in [
                otherKind, "", "a.b.c", fresh.replacing(".", with: ".A", maxReplacements: 1), fresh + ".",
            ] {
                #expect(await problem { _ = try await authenticator.authenticate(token: bad) }?.status == 401)
            }
            await authenticator.stop()
        }
    }

    @Test(
        "claims that do not name a caller are refused though the signature is good",
        arguments: [
            #""sub":"inv_01h455vb4pex5vsknk084sn02q","sid":"SES","role":"owner","permissions":[]"#,
            #""sub":"ACC","role":"owner","permissions":[]"#, #""sub":"ACC","sid":"SES","permissions":[]"#,
            #""sub":"ACC","sid":"SES","role":"emperor","permissions":[]"#,
            #""sub":"ACC","sid":"SES","role":"owner"}"#,
            #""sub":"ACC","sid":"SES","role":"owner","permissions":"all""#,
            #""sub":"ACC","sid":"SES","role":"owner","permissions":[],"org":7"#,
        ])
    func badClaims(_ members: String) async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let filled = members.replacing("ACC", with: "\(AccountID(.v7()))").replacing(
                "SES", with: "\(SessionID(.v7()))")
            let head = #"{"iss":"duely-identity","aud":"duely","iat":1800000000,"exp":1800000600,"#
            let token = JWT.sign(
                claims: Array("\(head)\(filled)}".utf8), type: AccessToken.type, with: world.key)
            #expect(await problem { _ = try await authenticator.authenticate(token: token) }?.status == 401)
            await authenticator.stop()
        }
    }

    @Test("a permission of a newer release is passed over")
    func unknownPermission() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let text = """
                {"iss":"duely-identity","aud":"duely","iat":1800000000,"exp":1800000600,"sub":"\(AccountID(.v7()))",\
                "sid":"\(SessionID(.v7()))","role":"member","permissions":["invoices.read","moon.walk"]}
                """
            let token = JWT.sign(claims: Array(text.utf8), type: AccessToken.type, with: world.key)
            #expect(
                try await authenticator.authenticate(token: token).principal.permissions == [.invoicesRead])
            await authenticator.stop()
        }
    }

    @Test(
        "a revoked login is refused by every replica, also after a restart, and forgotten when its tokens are over"
    )
    func revokedSession() async throws {
        try await AccessWorld.with { world in
            let (one, two) = (try await world.started(), try await world.started())
            let principal = world.principal()
            let token = world.token(principal)
            let other = world.token(world.principal())
            _ = try await one.authenticate(token: token)
            let expiresAt = world.clock.now() + .seconds(600)
            try await world.pool.transaction { tx in
                try Revocations.record(
                    sessions: [principal.sessionID, principal.sessionID], expiresAt: expiresAt, in: tx)
            }
            for authenticator in [one, two] {
                try await eventually("the replica refuses the token") {
                    await problem { _ = try await authenticator.authenticate(token: token) }?.code
                        == "token_expired"
                }
                _ = try await authenticator.authenticate(token: other)
            }
            let restarted = try await world.started()
            #expect(await problem { _ = try await restarted.authenticate(token: token) }?.status == 401)
            world.clock.advance(by: .seconds(601))
            let pruning = try await world.started()
            let left = try await world.pool.transaction { tx in
                try tx.query("SELECT count(*) FROM access_revoked_sessions").scalar(as: Int64.self)
            }
            #expect(left == 0)
            for authenticator in [one, two, restarted, pruning] { await authenticator.stop() }
        }
    }

    @Test("voiding an account's tokens ends those from before, not those from after")
    func voidedAccount() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let principal = world.principal()
            let before = world.token(principal)
            let (moment, expiresAt) = (world.clock.now(), world.clock.now() + .seconds(600))
            try await world.pool.transaction { tx in
                try Revocations.record(
                    account: principal.accountID, issuedBefore: moment, expiresAt: expiresAt, in: tx)
                // An older moment that comes late takes nothing back.
                try Revocations.record(
                    account: principal.accountID, issuedBefore: moment - .seconds(60), expiresAt: expiresAt,
                    in: tx)
            }
            try await eventually("the older token is refused") {
                await problem { _ = try await authenticator.authenticate(token: before) }?.status == 401
            }
            // Whoever logs in right afterwards is let in, within the same second as well.
            world.clock.advance(by: .milliseconds(1))
            _ = try await authenticator.authenticate(token: world.token(principal))
            await authenticator.stop()
        }
    }
}
