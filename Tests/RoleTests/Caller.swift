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
    /// API keys with all that a machine can be given, with what only reads, with nothing, and with all of another
    /// organization.
    case fullKey, readingKey, emptyKey, strangersKey
    /// Tokens that clients fetched with the same.
    case fullToken, readingToken, emptyToken, strangersToken

    var role: Role? {
        switch self {
        case .nobody: nil
        case .client: .client
        case .member, .restricted: .member
        case .admin: .admin
        case .owner, .stranger: .owner
        case .superadmin: .superadmin
        case .fullKey, .readingKey, .emptyKey, .strangersKey, .fullToken, .readingToken, .emptyToken,
            .strangersToken:
            .machine
        }
    }

    static let machines = Set(allCases.filter { $0.role == .machine })

    /// Whether a machine shows a key instead of a token.
    var showsKey: Bool {
        switch self {
        case .fullKey, .readingKey, .emptyKey, .strangersKey: true
        default: false
        }
    }

    /// Whether the caller says for which organization the request is.
    var namesOrganization: Bool { isStranger || self == .superadmin }

    private var isStranger: Bool {
        switch self {
        case .stranger, .strangersKey, .strangersToken: true
        default: false
        }
    }

    /// What the token of such a caller says.
    func principal(account: AccountID, organization: OrganizationID) -> Principal? {
        guard let role else { return nil }
        let own: OrganizationID? =
            switch self {
            case .nobody, .client, .superadmin: nil
            default: isStranger ? OrganizationID(.v7()) : organization
            }
        return Principal(
            accountID: account, sessionID: SessionID(.v7()), organizationID: own, role: role,
            permissions: permissions(of: role))
    }

    private func permissions(of role: Role) -> Set<Permission> {
        switch self {
        case .restricted: PermissionTable.permissions(of: role, restrictedTo: [])
        case .readingKey, .readingToken:
            PermissionTable.permissions(of: role).filter { $0.rawValue.hasSuffix(".read") }
        case .emptyKey, .emptyToken: []
        default: PermissionTable.permissions(of: role)
        }
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
    /// Those who run the organization, and clients about their own bills.
    case adminsAndClients
    /// Owners alone.
    case owners
    /// Those who run the platform.
    case superadmins

    var people: Set<Caller> {
        switch self {
        case .everybody: Set(Caller.allCases).subtracting(Caller.machines)
        case .signedIn: Set(Caller.allCases).subtracting(Caller.machines).subtracting([.nobody])
        case .membersAndClients: [.client, .member, .admin, .owner, .superadmin]
        case .membersAndPayers: [.client, .restricted, .member, .admin, .owner, .superadmin]
        case .members: [.member, .admin, .owner, .superadmin]
        case .admins: [.admin, .owner, .superadmin]
        case .adminsAndClients: [.client, .admin, .owner, .superadmin]
        case .owners: [.owner, .superadmin]
        case .superadmins: [.superadmin]
        }
    }
}

/// Which machines are let in.
enum Machines: Sendable {
    /// It is no matter who asks.
    case all
    /// Those that may read.
    case readers
    /// Those that may do everything that a machine can.
    case writers
    /// None: it is for people.
    case never

    var callers: Set<Caller> {
        switch self {
        case .all: Caller.machines
        case .readers: [.fullKey, .readingKey, .fullToken, .readingToken]
        case .writers: [.fullKey, .fullToken]
        case .never: []
        }
    }
}

/// A route and who is let in.
struct RouteRule: Sendable {
    /// The method and the template.
    let route: String
    let audience: Audience
    let machines: Machines
    /// The permission that alone opens it; nil where that depends on more.
    let needs: Permission?
    /// A body with which those who are let in get somewhere.
    let body: String

    init(
        _ route: String, _ audience: Audience, machines: Machines? = nil, needs: Permission? = nil,
        body: String = "{}"
    ) {
        self.route = route
        self.audience = audience
        self.machines =
            machines
            ?? {
                switch audience {
                case .everybody: .all
                case .signedIn, .owners, .superadmins: .never
                case .membersAndClients, .membersAndPayers, .members, .admins, .adminsAndClients:
                    route.hasPrefix("GET ") ? .readers : .writers
                }
            }()
        self.needs = needs
        self.body = body
    }

    var callers: Set<Caller> { audience.people.union(machines.callers) }

    /// Whether machines are refused because they are none of the people whom it is for, whatever their scopes.
    var isPersonal: Bool {
        audience != .owners && audience != .superadmins && machines.callers.isEmpty
    }
}
