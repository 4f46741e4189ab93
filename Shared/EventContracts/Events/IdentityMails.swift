public import Primitives

/// The mails that identity asks for.
public enum IdentityMailKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// Prove an address.
    case verification
    /// Somebody signed up with an address that has an account.
    case signUpRepeated = "sign_up_repeated"
    /// Choose a new password.
    case passwordReset = "password_reset"
    /// The address of the account is about to be another; sent to the old one.
    case emailChange = "email_change"
    /// Something was done that whoever has the account should know of, lest it was somebody else.
    case securityNotice = "security_notice"
    /// Register as the client of a sender.
    case clientInvitation = "client_invitation"
    /// Join the team of a sender.
    case memberInvitation = "member_invitation"
}

/// A mail with a secret is to be sent, unless it comes too late.
public struct IdentityMailRequested: EventPayload {
    /// `mail.requested.v1` on `identity.private`.
    public static let descriptor = EventDescriptor(
        "mail.requested.v1", of: "identity", on: .private, mustReach: ["notification.identity"])

    /// One mail, however often this message comes.
    public var mailID: MailID
    /// Which mail.
    public var kind: IdentityMailKind
    /// The address.
    public var to: String
    /// The person's name.
    public var recipientName: String?
    /// On whose behalf.
    public var organizationID: OrganizationID?
    /// Its name.
    public var organizationName: String?
    /// A BCP 47 tag.
    public var language: String?
    /// The link, sealed to the notification service's public key, base64url.
    public var sealedLink: String
    /// After this the mail is obsolete.
    public var expiresAt: Instant
    /// What a security notice tells.
    public var notice: SecurityNotice?

    /// Says it.
    public init(
        mailID: MailID, kind: IdentityMailKind, to: String, recipientName: String? = nil,
        organizationID: OrganizationID? = nil, organizationName: String? = nil, language: String? = nil,
        sealedLink: String, expiresAt: Instant, notice: SecurityNotice? = nil
    ) {
        self.mailID = mailID
        self.kind = kind
        self.to = to
        self.recipientName = recipientName
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.language = language
        self.sealedLink = sealedLink
        self.expiresAt = expiresAt
        self.notice = notice
    }
}

/// What was done to the security of an account.
public enum SecurityAct: String, Codable, Hashable, Sendable, CaseIterable {
    /// The password was changed by somebody who knew it.
    case passwordChanged = "password_changed"
    /// A new password was chosen with a link from a mail.
    case passwordReset = "password_reset"
    /// The account has another address now; told to the old one.
    case emailChanged = "email_changed"
    /// Recovery codes were made, and the earlier ones end.
    case recoveryCodesRenewed = "recovery_codes_renewed"
    /// Logins ask for a second factor from now on.
    case secondFactorOn = "second_factor_on"
    /// Logins ask for the password alone from now on.
    case secondFactorOff = "second_factor_off"
}

/// What was done to an account, when, and roughly from where.
public struct SecurityNotice: Codable, Hashable, Sendable {
    /// What.
    public var act: SecurityAct
    /// When.
    public var at: Instant
    /// The network that the request came from, such as `192.0.2.*`: enough to know the own, too little to find anybody.
    public var network: String

    /// Says it.
    public init(act: SecurityAct, at: Instant, network: String) {
        self.act = act
        self.at = at
        self.network = network
    }
}
