public import Primitives

/// Somebody's place in an organization.
public struct Membership: Sendable, Hashable {
    /// The organization.
    public let organizationID: OrganizationID
    /// In which capacity.
    public let role: Role
    /// Since when.
    public let since: Instant
    /// What a member may do of all that the role allows; nil for all of it.
    public let restriction: Set<Permission>?

    /// Describes a place.
    ///
    /// - Parameters:
    ///   - organizationID: The organization.
    ///   - role: The capacity.
    ///   - since: Since when.
    ///   - restriction: What a member may do; nil for everything that the role allows.
    public init(
        organizationID: OrganizationID, role: Role, since: Instant, restriction: Set<Permission>? = nil
    ) {
        self.organizationID = organizationID
        self.role = role
        self.since = since
        self.restriction = restriction
    }
}

/// For which organization and in which role a login acts.
public struct LoginScope: Sendable, Hashable {
    /// The account does not belong to the organization that was asked for.
    public struct NotAMember: Error, Sendable, Hashable {}

    /// The organization; nil for clients and superadmins.
    public let organizationID: OrganizationID?
    /// The role.
    public let role: Role
    /// What the login may do.
    public let permissions: Set<Permission>

    /// Decides for a login or a refresh.
    ///
    /// - Parameters:
    ///   - memberships: All places of the account.
    ///   - requested: The organization that the caller asked for, or had at the last refresh.
    ///   - isSuperadmin: Whether the account runs the platform.
    /// - Throws: `NotAMember` when the account has no place in the organization that was asked for.
    public init(memberships: [Membership], requested: OrganizationID?, isSuperadmin: Bool) throws(NotAMember)
    {
        let place: Membership?
        if let requested {
            guard let found = memberships.first(where: { $0.organizationID == requested }) else {
                throw NotAMember()
            }
            place = found
        } else if isSuperadmin {
            place = nil
        } else {
            place = memberships.min { ($0.since, $0.organizationID) < ($1.since, $1.organizationID) }
        }
        organizationID = place?.organizationID
        role = place?.role ?? (isSuperadmin ? .superadmin : .client)
        permissions = PermissionTable.permissions(of: role, restrictedTo: place?.restriction)
    }
}
