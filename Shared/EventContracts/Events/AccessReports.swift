public import Primitives

/// A superadmin saw or changed something of an organization at some service.
///
/// Identity keeps it in that organization's audit trail. It names where and about what, never with which words.
public struct SuperadminActed: EventPayload {
    /// `superadmin.acted.v1` on the service's `.private`, because it says from where somebody came.
    public static let descriptor = EventDescriptor(
        "superadmin.acted.v1", of: EventDescriptor.anyService, on: .private, mustReach: ["identity.reports"])

    /// Who acted.
    public var accountID: AccountID
    /// For which organization.
    public var organizationID: OrganizationID
    /// Method and template of the route: `POST /v1/invoices/{id}/void`.
    public var action: String
    /// The id of what was made, changed or seen; nil for a list.
    public var resourceID: String?
    /// The request, as logs name it.
    public var requestID: String
    /// From where it came.
    public var clientAddress: String
    /// When.
    public var at: Instant

    /// Says it.
    public init(
        accountID: AccountID, organizationID: OrganizationID, action: String, resourceID: String?,
        requestID: String, clientAddress: String, at: Instant
    ) {
        self.accountID = accountID
        self.organizationID = organizationID
        self.action = action
        self.resourceID = resourceID
        self.requestID = requestID
        self.clientAddress = clientAddress
        self.at = at
    }
}

/// A machine's key was used at some service; said once in a while, not for every use.
public struct APIKeyUsed: EventPayload {
    /// `api_key.used.v1` on the service's `.private`.
    public static let descriptor = EventDescriptor(
        "api_key.used.v1", of: EventDescriptor.anyService, on: .private)

    /// The key or client.
    public var apiKeyID: APIKeyID
    /// When it was used last, as far as the service knows.
    public var lastUsedAt: Instant

    /// Says it.
    public init(apiKeyID: APIKeyID, lastUsedAt: Instant) {
        self.apiKeyID = apiKeyID
        self.lastUsedAt = lastUsedAt
    }
}
