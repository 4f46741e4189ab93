public import Primitives

/// Somebody's place in an organization.
public struct Membership: Sendable, Hashable {
    /// The organization.
    public let organizationID: OrganizationID
    /// In which capacity.
    public let role: Role
    /// Since when.
    public let since: Instant

    /// Describes a place.
    ///
    /// - Parameters:
    ///   - organizationID: The organization.
    ///   - role: The capacity.
    ///   - since: Since when.
    public init(organizationID: OrganizationID, role: Role, since: Instant) {
        self.organizationID = organizationID
        self.role = role
        self.since = since
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

    /// Decides for a login or a refresh.
    ///
    /// - Parameters:
    ///   - memberships: All places of the account.
    ///   - requested: The organization that the caller asked for, or had at the last refresh.
    ///   - isSuperadmin: Whether the account runs the platform.
    /// - Throws: `NotAMember` when the account has no place in the organization that was asked for.
    public init(memberships: [Membership], requested: OrganizationID?, isSuperadmin: Bool) throws(NotAMember)
    {
        if let requested {
            guard let place = memberships.first(where: { $0.organizationID == requested }) else {
                throw NotAMember()
            }
            (organizationID, role) = (requested, place.role)
        } else if isSuperadmin {
            (organizationID, role) = (nil, .superadmin)
        } else if let first = memberships.min(by: {
            ($0.since, $0.organizationID) < ($1.since, $1.organizationID)
        }) {
            (organizationID, role) = (first.organizationID, first.role)
        } else {
            (organizationID, role) = (nil, .client)
        }
    }
}
