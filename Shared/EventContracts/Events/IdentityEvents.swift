public import Primitives

/// Somebody has an account.
public struct AccountRegistered: EventPayload {
    /// `account.registered.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("account.registered.v1", of: "identity")

    /// The account.
    public var accountID: AccountID

    /// Says it.
    public init(accountID: AccountID) {
        self.accountID = accountID
    }
}

/// The address of an account is proven.
public struct AccountVerified: EventPayload {
    /// `account.verified.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("account.verified.v1", of: "identity")

    /// The account.
    public var accountID: AccountID

    /// Says it.
    public init(accountID: AccountID) {
        self.accountID = accountID
    }
}

/// A person is to be forgotten; readers blank what they hold of them.
public struct AccountErased: EventPayload {
    /// `account.erased.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("account.erased.v1", of: "identity")

    /// The account.
    public var accountID: AccountID

    /// Says it.
    public init(accountID: AccountID) {
        self.accountID = accountID
    }
}

/// Every token of an account made before a moment is void.
public struct AccountTokensVoided: EventPayload {
    /// `account.tokens_voided.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("account.tokens_voided.v1", of: "identity")

    /// The account.
    public var accountID: AccountID
    /// Tokens issued before this are refused.
    public var issuedBefore: Instant

    /// Says it.
    public init(accountID: AccountID, issuedBefore: Instant) {
        self.accountID = accountID
        self.issuedBefore = issuedBefore
    }
}

/// A login has ended; its tokens are void.
public struct SessionRevoked: EventPayload {
    /// `session.revoked.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("session.revoked.v1", of: "identity")

    /// The login.
    public var sessionID: SessionID
    /// Whose it was.
    public var accountID: AccountID

    /// Says it.
    public init(sessionID: SessionID, accountID: AccountID) {
        self.sessionID = sessionID
        self.accountID = accountID
    }
}

/// What others need to know of an organization; its name and address travel as `person.changed`.
public struct OrganizationFacts: Codable, Hashable, Sendable {
    /// The organization.
    public var organizationID: OrganizationID
    /// Of invoices that name none.
    public var currency: Currency
    /// Where its days begin.
    public var zone: Zone
    /// In front of its invoice numbers.
    public var invoicePrefix: String
    /// The verified domain for its links.
    public var domain: String?
    /// Days after the due date until a pay link expires.
    public var payLinkDays: Int
    /// Whether a link serves one payment only.
    public var payLinkOneTime: Bool
    /// Whether it was made for tests and may live by a test clock.
    public var isTest: Bool?

    /// Says it.
    public init(
        organizationID: OrganizationID, currency: Currency, zone: Zone, invoicePrefix: String,
        domain: String? = nil, payLinkDays: Int, payLinkOneTime: Bool, isTest: Bool? = nil
    ) {
        self.organizationID = organizationID
        self.currency = currency
        self.zone = zone
        self.invoicePrefix = invoicePrefix
        self.domain = domain
        self.payLinkDays = payLinkDays
        self.payLinkOneTime = payLinkOneTime
        self.isTest = isTest
    }
}

/// A sender's organization exists.
public struct OrganizationCreated: EventPayload {
    /// `organization.created.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("organization.created.v1", of: "identity")

    /// As it is now.
    public var organization: OrganizationFacts

    /// Says it.
    public init(organization: OrganizationFacts) {
        self.organization = organization
    }
}

/// An organization has changed.
public struct OrganizationUpdated: EventPayload {
    /// `organization.updated.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("organization.updated.v1", of: "identity")

    /// As it is now.
    public var organization: OrganizationFacts

    /// Says it.
    public init(organization: OrganizationFacts) {
        self.organization = organization
    }
}

/// An organization as it is, for projections that start or were lost; the sequence is that of the last event.
public struct OrganizationSnapshotTaken: EventPayload {
    /// `organization.snapshot.v1` on `identity.snapshots`.
    public static let descriptor = EventDescriptor(
        "organization.snapshot.v1", of: "identity", on: .snapshots)

    /// As it is now.
    public var organization: OrganizationFacts

    /// Says it.
    public init(organization: OrganizationFacts) {
        self.organization = organization
    }
}

/// Somebody joined, left or has another role in an organization.
public struct MemberChanged: EventPayload {
    /// `member.changed.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("member.changed.v1", of: "identity")

    /// The organization.
    public var organizationID: OrganizationID
    /// The member.
    public var accountID: AccountID
    /// The role now; absent when they left.
    public var role: String?

    /// Says it.
    public init(organizationID: OrganizationID, accountID: AccountID, role: String? = nil) {
        self.organizationID = organizationID
        self.accountID = accountID
        self.role = role
    }
}

/// Somebody was invited to the team of an organization; the address is told to nobody but the mail.
public struct MemberInvited: EventPayload {
    /// `member.invited.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("member.invited.v1", of: "identity")

    /// The organization.
    public var organizationID: OrganizationID
    /// The invitation.
    public var invitationID: InvitationID
    /// The role that goes with it.
    public var role: String

    /// Says it.
    public init(organizationID: OrganizationID, invitationID: InvitationID, role: String) {
        self.organizationID = organizationID
        self.invitationID = invitationID
        self.role = role
    }
}

/// An invited person has an account and has accepted.
public struct InvitationAccepted: EventPayload {
    /// `invitation.accepted.v1` on `identity.events`.
    public static let descriptor = EventDescriptor(
        "invitation.accepted.v1", of: "identity", mustReach: ["invoice.identity"])

    /// The invitation.
    public var invitationID: InvitationID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who accepted.
    public var accountID: AccountID
    /// The customer whom a client was invited as.
    public var customerID: CustomerID?
    /// The role that a team member was invited to.
    public var role: String?

    /// Says it.
    public init(
        invitationID: InvitationID, organizationID: OrganizationID, accountID: AccountID,
        customerID: CustomerID? = nil, role: String? = nil
    ) {
        self.invitationID = invitationID
        self.organizationID = organizationID
        self.accountID = accountID
        self.customerID = customerID
        self.role = role
    }
}

/// Access tokens are signed with a new key; the old one is still accepted for a while.
public struct SigningKeyRotated: EventPayload {
    /// `signing_key.rotated.v1` on `identity.events`.
    public static let descriptor = EventDescriptor("signing_key.rotated.v1", of: "identity")

    /// The `kid` of the new key.
    public var keyID: String
    /// Its Ed25519 public key, base64url.
    public var publicKey: String

    /// Says it.
    public init(keyID: String, publicKey: String) {
        self.keyID = keyID
        self.publicKey = publicKey
    }
}

/// Whose particulars a `person.changed` carries.
public enum PersonKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// A person's account.
    case account
    /// A sender's organization.
    case organization
}

/// The name, address or language of a person or organization, as they are now.
///
/// It is also how identity answers a request for snapshots: people's data stays on the private exchange.
public struct PersonChanged: EventPayload {
    /// `person.changed.v1` on `identity.private`.
    public static let descriptor = EventDescriptor("person.changed.v1", of: "identity", on: .private)

    /// Which of the two.
    public var kind: PersonKind
    /// The person.
    public var accountID: AccountID?
    /// The organization.
    public var organizationID: OrganizationID?
    /// As it is written on documents.
    public var name: String
    /// Where mails go.
    public var email: String?
    /// The postal address, in lines.
    public var address: String?
    /// A BCP 47 tag.
    public var language: String?
    /// An organization's colour, `#rrggbb`.
    public var accentColor: String?
    /// The number under which an organization pays taxes.
    public var taxID: String?

    /// Says it.
    public init(
        kind: PersonKind, accountID: AccountID? = nil, organizationID: OrganizationID? = nil, name: String,
        email: String? = nil, address: String? = nil, language: String? = nil, accentColor: String? = nil,
        taxID: String? = nil
    ) {
        self.kind = kind
        self.accountID = accountID
        self.organizationID = organizationID
        self.name = name
        self.email = email
        self.address = address
        self.language = language
        self.accentColor = accentColor
        self.taxID = taxID
    }
}
