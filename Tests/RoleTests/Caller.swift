import IdentityDomain
import Primitives
import ServiceKit

/// Everybody who may knock at a route.
enum Caller: String, CaseIterable, Sendable {
    /// Without a token.
    case nobody
    case client
    /// A member of whose permissions nothing is left.
    case restricted
    case member
    case admin
    case owner
    /// The owner of another organization, who names this one.
    case stranger
    /// Runs the platform and names this organization.
    case superadmin

    var role: Role? {
        switch self {
        case .nobody: nil
        case .client: .client
        case .member, .restricted: .member
        case .admin: .admin
        case .owner, .stranger: .owner
        case .superadmin: .superadmin
        }
    }

    /// Whether the caller says for which organization the request is.
    var namesOrganization: Bool { self == .stranger || self == .superadmin }

    /// What the token of such a caller says.
    func principal(account: AccountID, organization: OrganizationID) -> Principal? {
        guard let role else { return nil }
        let own: OrganizationID? =
            switch self {
            case .restricted, .member, .admin, .owner: organization
            case .stranger: OrganizationID(.v7())
            case .nobody, .client, .superadmin: nil
            }
        return Principal(
            accountID: account, sessionID: SessionID(.v7()), organizationID: own, role: role,
            permissions: PermissionTable.permissions(
                of: role, restrictedTo: self == .restricted ? [] : nil))
    }
}

/// Who is let in.
enum Audience: Sendable {
    /// No token is asked for.
    case everybody
    /// Whoever is logged in, about themselves.
    case signedIn
    /// Those who work in the organization, and clients about their own bills.
    case membersAndClients
    /// Those who work in the organization, and everybody but its strangers about their own bills.
    case membersAndPayers
    /// Those who work in the organization.
    case members
    /// Those who run the organization.
    case admins
    /// Owners alone.
    case owners

    var callers: Set<Caller> {
        switch self {
        case .everybody: Set(Caller.allCases)
        case .signedIn: Set(Caller.allCases).subtracting([.nobody])
        case .membersAndClients: [.client, .member, .admin, .owner, .superadmin]
        case .membersAndPayers: [.client, .restricted, .member, .admin, .owner, .superadmin]
        case .members: [.member, .admin, .owner, .superadmin]
        case .admins: [.admin, .owner, .superadmin]
        case .owners: [.owner, .superadmin]
        }
    }
}

/// A route and who is let in.
struct RouteRule: Sendable {
    /// The method and the template.
    let route: String
    let audience: Audience
    /// A body that passes the checks which come before the caller is known.
    let body: String

    init(_ route: String, _ audience: Audience, body: String = "{}") {
        self.route = route
        self.audience = audience
        self.body = body
    }
}
