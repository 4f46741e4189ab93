import IdentityDomain
import Primitives
import Testing

@Suite struct RefreshRotationTests {
    private let lifetimes = TokenLifetimes(
        access: .seconds(600), refreshIdle: .seconds(1000), session: .seconds(5000),
        refreshOverlap: .seconds(10))

    private func decide(
        expiresAt: Int64 = 1000, replacedAt: Int64? = nil, sessionExpiresAt: Int64 = 5000,
        revokedAt: Int64? = nil,
        now: Int64
    ) -> RefreshRotation.Decision {
        let presented = RefreshRotation.Presented(
            expiresAt: Instant(seconds: expiresAt), replacedAt: replacedAt.map { Instant(seconds: $0) },
            sessionExpiresAt: Instant(seconds: sessionExpiresAt),
            sessionRevokedAt: revokedAt.map { Instant(seconds: $0) })
        return RefreshRotation.decide(presented, now: Instant(seconds: now), lifetimes: lifetimes)
    }

    @Test("a token that counts is exchanged, until its very end")
    func rotate() {
        #expect(decide(now: 0) == .rotate(nextExpiresAt: Instant(seconds: 1000)))
        #expect(decide(now: 999) == .rotate(nextExpiresAt: Instant(seconds: 1999)))
        #expect(decide(now: 1000) == .refuse)
    }

    @Test("the next token never outlives the login")
    func sessionEnd() {
        #expect(decide(expiresAt: 9000, now: 4500) == .rotate(nextExpiresAt: Instant(seconds: 5000)))
        #expect(decide(expiresAt: 9000, now: 5000) == .refuse)
    }

    @Test("a token that was just exchanged still counts for the overlap")
    func overlap() {
        #expect(decide(replacedAt: 100, now: 100) == .rotate(nextExpiresAt: Instant(seconds: 1100)))
        #expect(decide(replacedAt: 100, now: 109) == .rotate(nextExpiresAt: Instant(seconds: 1109)))
    }

    @Test("a token that was exchanged before ends the login, however old it is")
    func reuse() {
        #expect(decide(replacedAt: 100, now: 110) == .revoke)
        #expect(decide(replacedAt: 100, now: 4999) == .revoke)
    }

    @Test("a login that ended is not ended again")
    func ended() {
        #expect(decide(revokedAt: 50, now: 60) == .refuse)
        #expect(decide(replacedAt: 40, revokedAt: 50, now: 60) == .refuse)
        #expect(decide(replacedAt: 100, now: 5000) == .refuse)
    }
}
