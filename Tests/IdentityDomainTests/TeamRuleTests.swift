import IdentityDomain
import Primitives
import Testing

@Suite struct TeamRuleTests {
    private func isAllowed(
        _ role: Role, to new: Role?, by actor: Role, own: Bool = false, owners: Int = 2
    ) -> TeamRule.Violation? {
        do throws(TeamRule.Violation) {
            try TeamRule.checkChange(of: role, to: new, by: actor, isOwnPlace: own, ownerCount: owners)
            return nil
        } catch {
            return error
        }
    }

    @Test("owners and superadmins give every place, admins that of a member")
    func grants() throws {
        for actor in [Role.owner, .superadmin] {
            for role in [Role.owner, .admin, .member] { try TeamRule.checkGrant(of: role, by: actor) }
        }
        for actor in [Role.admin, .member, .client] {
            try TeamRule.checkGrant(of: .member, by: actor)
            for role in [Role.owner, .admin] {
                #expect(throws: TeamRule.Violation.ownersOnly) {
                    try TeamRule.checkGrant(of: role, by: actor)
                }
            }
        }
    }

    @Test("an admin touches members only, and makes nobody more than a member")
    func admin() {
        #expect(isAllowed(.member, to: .member, by: .admin) == nil)
        #expect(isAllowed(.member, to: nil, by: .admin) == nil)
        for new in [Role.owner, .admin] { #expect(isAllowed(.member, to: new, by: .admin) == .ownersOnly) }
        for role in [Role.owner, .admin] {
            for new in [Role.owner, .admin, .member, nil] {
                #expect(isAllowed(role, to: new, by: .admin) == .ownersOnly)
            }
        }
    }

    @Test("everybody steps down or leaves, and nobody raises the own place")
    func own() {
        #expect(isAllowed(.admin, to: .member, by: .admin, own: true) == nil)
        #expect(isAllowed(.admin, to: nil, by: .admin, own: true) == nil)
        #expect(isAllowed(.member, to: nil, by: .member, own: true) == nil)
        #expect(isAllowed(.admin, to: .owner, by: .admin, own: true) == .ownersOnly)
        #expect(isAllowed(.member, to: .admin, by: .member, own: true) == .ownersOnly)
    }

    @Test("the last owner stays one, whoever asks")
    func lastOwner() {
        for actor in [Role.owner, .superadmin] {
            for new in [Role.admin, .member, nil] {
                #expect(isAllowed(.owner, to: new, by: actor, own: true, owners: 1) == .lastOwner)
                #expect(isAllowed(.owner, to: new, by: actor, owners: 2) == nil)
            }
            #expect(isAllowed(.owner, to: .owner, by: actor, owners: 1) == nil)
        }
    }
}
