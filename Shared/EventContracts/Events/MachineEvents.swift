public import Primitives

/// A machine's key was made, changed or revoked.
///
/// It says all of the key as it is; of two about one key the one with the higher sequence counts.
public struct APIKeyChanged: EventPayload {
    /// `api_key.changed.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("api_key.changed.v1", of: "identity")

    /// The key.
    public var apiKeyID: APIKeyID
    /// The organization.
    public var organizationID: OrganizationID
    /// SHA-256 of the key, hexadecimal; empty for a client, whose secret opens nothing but the token endpoint.
    public var hash: String
    /// What it may do.
    public var scopes: [String]
    /// Whether it is refused from now on.
    public var isRevoked: Bool
    /// Whether it is a client, which fetches tokens, and no key.
    public var isClient: Bool?
    /// SHA-256 of the secret before the present one, hexadecimal.
    public var previousHash: String?
    /// Until when that one counts.
    public var previousUntil: Instant?
    /// When it ends by itself.
    public var expiresAt: Instant?
    /// How many requests a minute its plan allows.
    public var requestsPerMinute: Int64?
    /// How many requests a month its plan allows.
    public var requestsPerMonth: Int64?

    /// Says it.
    public init(
        apiKeyID: APIKeyID, organizationID: OrganizationID, hash: String, scopes: [String], isRevoked: Bool,
        isClient: Bool? = nil, previousHash: String? = nil, previousUntil: Instant? = nil,
        expiresAt: Instant? = nil, requestsPerMinute: Int64? = nil, requestsPerMonth: Int64? = nil
    ) {
        self.apiKeyID = apiKeyID
        self.organizationID = organizationID
        self.hash = hash
        self.scopes = scopes
        self.isRevoked = isRevoked
        self.isClient = isClient
        self.previousHash = previousHash
        self.previousUntil = previousUntil
        self.expiresAt = expiresAt
        self.requestsPerMinute = requestsPerMinute
        self.requestsPerMonth = requestsPerMonth
    }
}

/// A machine's key as it is, for projections that start or were lost; the sequence is that of the last event.
public struct APIKeySnapshotTaken: EventPayload {
    /// `api_key.snapshot.v1` on `identity.snapshots`.
    public static let descriptor = EventDescriptor("api_key.snapshot.v1", of: "identity", on: .snapshots)

    /// As it is now.
    public var key: APIKeyChanged

    /// Says it.
    public init(key: APIKeyChanged) {
        self.key = key
    }
}
