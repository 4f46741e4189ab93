public import HTTPServer
public import Primitives

/// Who makes a request, as the access token says.
public struct Principal: Sendable, Hashable {
    /// The account.
    public let accountID: AccountID
    /// The login; revoking it voids the token.
    public let sessionID: SessionID
    /// The organization that the login acts for; nil for clients and superadmins.
    public let organizationID: OrganizationID?
    /// In which capacity.
    public let role: Role
    /// What the caller may do.
    public let permissions: Set<Permission>

    /// Describes a caller.
    ///
    /// - Parameters:
    ///   - accountID: The account.
    ///   - sessionID: The login.
    ///   - organizationID: The organization.
    ///   - role: The capacity.
    ///   - permissions: What the caller may do.
    public init(
        accountID: AccountID, sessionID: SessionID, organizationID: OrganizationID?, role: Role,
        permissions: Set<Permission>
    ) {
        self.accountID = accountID
        self.sessionID = sessionID
        self.organizationID = organizationID
        self.role = role
        self.permissions = permissions
    }

    /// Whether the caller runs the platform; what such a caller does is audited.
    public var isSuperadmin: Bool { role == .superadmin }

    /// The key or client of a machine that calls; nil for a person.
    ///
    /// A machine's account and login carry the key's own number, which no account has: nothing that belongs to a person
    /// is found under it, and requests of different keys never share an `Idempotency-Key`.
    public var machineID: APIKeyID? { role == .machine ? APIKeyID(accountID.raw) : nil }

    /// Refuses machines: some things only a person with an account can do.
    ///
    /// - Throws: `Problem` 403.
    public func requirePerson() throws(Problem) {
        guard machineID == nil else {
            throw Problem(
                status: 403, code: "person_required", title: "Only a person can do this",
                detail: "This needs the login of a person, not a key or a client.")
        }
    }

    /// Whether the caller may do something.
    ///
    /// - Parameter permission: What is to be done.
    /// - Returns: Whether the token carries it.
    public func may(_ permission: Permission) -> Bool { permissions.contains(permission) }

    /// Refuses a caller that may not do something.
    ///
    /// - Parameter permission: What is to be done.
    /// - Throws: `Problem` 403.
    public func require(_ permission: Permission) throws(Problem) {
        guard may(permission) else {
            throw .forbidden("This needs the permission \(permission.rawValue).")
        }
    }

    /// The organization whose data a request is about: the caller's own, or the one that a superadmin names with
    /// `website_id`.
    ///
    /// - Parameter request: The request, for its query.
    /// - Returns: The tenant that every query of this request carries.
    /// - Throws: `Problem` 403 for a caller without an organization, or one who names somebody else's; 422 for a
    ///   superadmin who names none.
    public func tenant(of request: HTTPRequest) throws(Problem) -> OrganizationID {
        let named = try Self.named(in: request)
        if let organizationID {
            guard named == nil || named == organizationID else {
                throw .forbidden("Another organization's data is not yours to see.")
            }
            return organizationID
        }
        guard isSuperadmin else { throw .forbidden("This login acts for no organization.") }
        guard let named else {
            throw .invalid([
                FieldError(
                    field: "website_id", code: "required", message: "Name the organization to act for.")
            ])
        }
        return named
    }

    private static func named(in request: HTTPRequest) throws(Problem) -> OrganizationID? {
        guard let text = request.queryValue("website_id") else { return nil }
        guard let id = OrganizationID(text) else {
            throw .invalid([
                FieldError(
                    field: "website_id", code: "malformed",
                    message: "This must be an id that starts with org_.")
            ])
        }
        return id
    }
}
