import HTTPServer
import Postgres
import Primitives
import ServiceKit

extension TenantRoute {
    /// As what the caller may read: as the sender, and as the client of others, in this order.
    func readers(_ request: HTTPRequest) async throws -> [InvoiceFilter.Audience] {
        let principal = try await context.authenticate(request)
        var readers: [InvoiceFilter.Audience] = []
        if principal.may(.invoicesRead), principal.organizationID != nil || principal.isSuperadmin {
            readers.append(.organization(try principal.tenant(of: request)))
        }
        if principal.may(.billsRead) { readers.append(.account(principal.accountID)) }
        guard !readers.isEmpty else { throw Problem.forbidden("This needs the permission invoices.read.") }
        return readers
    }
}

extension InvoiceFilter.Audience {
    /// An invoice, when such a reader may see it.
    func find(_ id: InvoiceID, in tx: borrowing Transaction) throws(PostgresError) -> Invoice? {
        switch self {
        case .organization(let organizationID): try InvoiceStore.find(id, of: organizationID, in: tx)
        case .account(let accountID): try InvoiceStore.find(id, billedTo: accountID, in: tx)
        }
    }
}
