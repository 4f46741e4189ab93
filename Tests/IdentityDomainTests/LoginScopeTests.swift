import IdentityDomain
import Primitives
import Testing

@Suite struct LoginScopeTests {
    private let first = Membership(
        organizationID: OrganizationID(RawID(high: 1, low: 1)), role: .owner, since: Instant(seconds: 10))
    private let second = Membership(
        organizationID: OrganizationID(RawID(high: 1, low: 2)), role: .member, since: Instant(seconds: 20))

    @Test("without a wish the oldest place counts, whatever the order")
    func oldest() throws {
        for memberships in [[first, second], [second, first]] {
            let scope = try LoginScope(memberships: memberships, requested: nil, isSuperadmin: false)
            #expect(scope.organizationID == first.organizationID && scope.role == .owner)
        }
    }

    @Test("a wish is granted to members only, superadmins included")
    func requested() throws {
        let scope = try LoginScope(
            memberships: [first, second], requested: second.organizationID, isSuperadmin: false)
        #expect(scope.organizationID == second.organizationID && scope.role == .member)
        for isSuperadmin in [true, false] {
            #expect(throws: LoginScope.NotAMember.self) {
                try LoginScope(
                    memberships: [first], requested: second.organizationID, isSuperadmin: isSuperadmin)
            }
        }
    }

    @Test("without a place somebody is a client, or a superadmin")
    func withoutPlace() throws {
        let client = try LoginScope(memberships: [], requested: nil, isSuperadmin: false)
        #expect(client.organizationID == nil && client.role == .client)
        let superadmin = try LoginScope(memberships: [first], requested: nil, isSuperadmin: true)
        #expect(superadmin.organizationID == nil && superadmin.role == .superadmin)
    }

    @Test("a login has the permissions of its place, restricted or not")
    func permissions() throws {
        let restricted = Membership(
            organizationID: first.organizationID, role: .member, since: first.since,
            restriction: [.invoicesRead])
        let scope = try LoginScope(memberships: [restricted], requested: nil, isSuperadmin: false)
        #expect(scope.permissions == [.invoicesRead, .billsRead, .billsPay])
        let owner = try LoginScope(memberships: [first], requested: nil, isSuperadmin: false)
        #expect(owner.permissions == PermissionTable.permissions(of: .owner))
    }
}
