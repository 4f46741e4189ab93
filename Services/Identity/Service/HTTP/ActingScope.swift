import HTTPServer
import IdentityDomain
import Observability
import Postgres
import Primitives
import ServiceKit

extension IdentityContext {
    /// Who asks, and the organization that the request is about: the caller's own, or the one that a superadmin names
    /// with `website_id`, which is logged and kept in that organization's audit trail.
    ///
    /// - Throws: `Problem` 401, 403, 422; 404 for a superadmin who names an organization that is not there.
    func acting(
        _ request: HTTPRequest, _ permission: Permission? = nil
    ) async throws -> (principal: Principal, organizationID: OrganizationID) {
        let principal = try await service.authenticate(request)
        if let permission { try principal.require(permission) }
        let organizationID = try principal.tenant(of: request)
        if principal.isSuperadmin {
            let (origin, now) = (RequestOrigin(request), now)
            try await service.pool.transaction { tx in
                guard try OrganizationStore.find(organizationID, in: tx) != nil else {
                    throw Problem.notFound
                }
                try Audit.record(
                    .superadminActed, account: principal.accountID, organization: organizationID,
                    from: origin,
                    at: now, in: tx)
            }
            service.log.info(
                "a superadmin acts for an organization",
                [
                    "account_id": .string("\(principal.accountID)"),
                    "tenant_id": .string("\(organizationID)"),
                    "method": .string(request.method.rawValue),
                    "request_id": .string(request.context.requestID),
                ])
        }
        return (principal, organizationID)
    }

    /// The same for a path that names the organization.
    ///
    /// - Throws: `Problem` 401, 403, 422; 404 for an organization that is not the caller's.
    func organization(
        of request: HTTPRequest, _ permission: Permission
    ) async throws -> (principal: Principal, id: OrganizationID) {
        let (principal, organizationID) = try await acting(request, permission)
        guard try request.id("id", of: Kind.Organization.self) == organizationID else {
            throw Problem.notFound
        }
        return (principal, organizationID)
    }
}

extension Problem {
    /// A change of a team that is not allowed.
    init(_ violation: TeamRule.Violation) {
        switch violation {
        case .ownersOnly:
            self.init(
                status: 403, code: "owners_only",
                title: "Owners and admins are made, changed and removed by owners")
        case .lastOwner:
            self.init(
                status: 409, code: "last_owner", title: "This is the organization's last owner",
                detail: "Make somebody else an owner first.")
        }
    }
}
