import HTTPServer
import Observability
import Primitives
import ServiceKit
import Testing

@Suite struct PrincipalTests {
    private let organization = OrganizationID(.v7())

    private func principal(_ role: Role, in organization: OrganizationID?) -> Principal {
        Principal(
            accountID: AccountID(.v7()), sessionID: SessionID(.v7()), organizationID: organization,
            role: role,
            permissions: [.invoicesRead])
    }

    @Test("a permission that the token does not carry is refused by name")
    func permissions() throws {
        let member = principal(.member, in: organization)
        try member.require(.invoicesRead)
        #expect(member.may(.invoicesRead) && !member.may(.invoicesWrite))
        let refusal = #expect(throws: Problem.self) { try member.require(.invoicesWrite) }
        #expect(refusal?.status == 403)
        #expect(refusal?.detail?.contains("invoices.write") == true)
    }
}
