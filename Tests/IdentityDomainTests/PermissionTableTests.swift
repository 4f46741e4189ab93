import IdentityDomain
import Primitives
import Testing

@Suite struct PermissionTableTests {
    @Test("roles above may do what roles below may")
    func order() {
        let ladder: [Role] = [.member, .admin, .owner, .superadmin]
        for (lower, higher) in zip(ladder, ladder.dropFirst()) {
            #expect(
                PermissionTable.permissions(of: lower).isSubset(of: PermissionTable.permissions(of: higher)))
        }
        for role in Role.allCases where role != .machine {
            #expect(
                PermissionTable.permissions(of: .client).isSubset(of: PermissionTable.permissions(of: role)))
        }
    }

    @Test("a machine has no bills and makes no keys")
    func machine() {
        let refused: Set<Permission> = [.billsRead, .billsPay, .apiKeysWrite]
        #expect(PermissionTable.permissions(of: .machine).isDisjoint(with: refused))
        #expect(PermissionTable.permissions(of: .machine).contains(.invoicesWrite))
    }

    @Test("a client has no right in any organization")
    func client() {
        #expect(PermissionTable.permissions(of: .client) == [.billsRead, .billsPay])
    }

    @Test("a member can neither touch money by hand nor people nor keys")
    func member() {
        let member = PermissionTable.permissions(of: .member)
        let refused: Set<Permission> = [
            .paymentsWrite, .membersWrite, .apiKeysWrite, .organizationWrite, .webhooksWrite,
        ]
        #expect(member.isDisjoint(with: refused))
        #expect(!PermissionTable.permissions(of: .admin).contains(.apiKeysWrite))
    }

    @Test("a member can be restricted to part of what the role allows; the own bills can always be paid")
    func restricted() {
        let granted: Set<Permission> = [.invoicesRead, .membersWrite]
        #expect(
            PermissionTable.permissions(of: .member, restrictedTo: granted) == [
                .invoicesRead, .billsRead, .billsPay,
            ])
        #expect(
            PermissionTable.permissions(of: .member, restrictedTo: nil)
                == PermissionTable.permissions(of: .member))
        for role in Role.allCases where role != .member {
            #expect(
                PermissionTable.permissions(of: role, restrictedTo: [])
                    == PermissionTable.permissions(of: role))
        }
    }
}
