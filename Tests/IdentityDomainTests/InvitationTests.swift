import IdentityDomain
import Primitives
import Testing

@Suite struct InvitationTests {
    private let account = AccountID(.v7())
    private let end = Instant(seconds: 100)

    @Test("a pending invitation is accepted once, before its end, by anybody who holds it")
    func pending() throws {
        let invitation = Invitation(state: .pending, expiresAt: end)
        #expect(try invitation.acceptance(by: account, now: Instant(seconds: 99)) == .effective)
        #expect(try invitation.acceptance(by: nil, now: Instant(seconds: 99)) == .effective)
        #expect(throws: Invitation.Violation.expired) { try invitation.acceptance(by: account, now: end) }
    }

    @Test("the same account may accept again without effect, also after the end; nobody else may")
    func repeated() throws {
        let invitation = Invitation(state: .accepted(by: account), expiresAt: end)
        #expect(try invitation.acceptance(by: account, now: Instant(seconds: 200)) == .repeated)
        #expect(throws: Invitation.Violation.alreadyAccepted) { try invitation.acceptance(by: nil, now: end) }
        #expect(throws: Invitation.Violation.alreadyAccepted) {
            try invitation.acceptance(by: AccountID(.v7()), now: end)
        }
    }

    @Test("what was taken back stays so")
    func revoked() {
        let invitation = Invitation(state: .revoked, expiresAt: end)
        #expect(throws: Invitation.Violation.revoked) {
            try invitation.acceptance(by: account, now: Instant(seconds: 1))
        }
    }
}
