public import Primitives

/// What each role may do: the one table, read when a token is issued.
public enum PermissionTable {
    /// The permissions of a role.
    ///
    /// - Parameter role: The role.
    /// - Returns: What it may do. Every person may pay the own bills: an organization's owner is somebody else's
    ///   client.
    public static func permissions(of role: Role) -> Set<Permission> {
        switch role {
        case .superadmin: Set(Permission.allCases)
        case .owner: Set(Permission.allCases)
        case .admin: Set(Permission.allCases).subtracting([.apiKeysWrite])
        case .member:
            [
                .organizationRead, .membersRead, .customersRead, .customersWrite, .invoicesRead,
                .invoicesWrite,
                .paymentsRead, .schedulesRead, .eventsRead, .billsRead, .billsPay,
            ]
        // The most that a key can be given: it is no person with bills, and a stolen one makes no others.
        case .machine: Set(Permission.allCases).subtracting([.billsRead, .billsPay, .apiKeysWrite])
        case .client: [.billsRead, .billsPay]
        }
    }

    /// The permissions of somebody in a role who may be restricted.
    ///
    /// - Parameters:
    ///   - role: The role.
    ///   - restriction: What is left of a member's permissions; nil for all. Other roles cannot be restricted.
    /// - Returns: What is left; the own bills can be paid in any case.
    public static func permissions(of role: Role, restrictedTo restriction: Set<Permission>?) -> Set<
        Permission
    > {
        guard role == .member, let restriction else { return permissions(of: role) }
        return permissions(of: role).intersection(restriction.union([.billsRead, .billsPay]))
    }
}
