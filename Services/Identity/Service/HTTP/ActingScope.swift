import EventContracts
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
            let act = Audit.Act(request, by: principal.accountID, for: organizationID, at: now)
            try await service.pool.transaction { tx in
                guard try OrganizationStore.find(organizationID, in: tx) != nil else {
                    throw Problem.notFound
                }
                try Audit.record([act], in: tx)
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

extension Audit.Act {
    /// What a superadmin asks of identity itself.
    fileprivate init(
        _ request: HTTPRequest, by account: AccountID, for organization: OrganizationID, at now: Instant
    ) {
        let origin = RequestOrigin(request)
        self.init(
            id: .new(at: now), accountID: account, organizationID: organization,
            service: EventCatalogue.auditor, action: "\(request.method.rawValue) \(request.context.route)",
            resourceID: request.namedID, requestID: request.context.requestID,
            clientAddress: origin.address, userAgent: origin.userAgent, at: now)
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
