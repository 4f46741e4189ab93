public import Primitives

/// What was done to the security of an account, as a mail tells it.
public enum SecurityAct: String, Codable, Hashable, Sendable, CaseIterable {
    /// The password was changed.
    case passwordChanged = "password_changed"
    /// A forgotten password was replaced.
    case passwordReset = "password_reset"
    /// The account has another address.
    case emailChanged = "email_changed"
    /// There are new recovery codes.
    case recoveryCodesRenewed = "recovery_codes_renewed"
    /// The second factor was switched on.
    case secondFactorOn = "second_factor_on"
    /// The second factor was switched off.
    case secondFactorOff = "second_factor_off"
}

/// What a mail tells, besides who writes to whom.
public struct MailFacts: Codable, Hashable, Sendable {
    /// The invoice's number.
    public var number: String?
    /// The invoice's title.
    public var title: String?
    /// The currency of the amount.
    public var currency: Currency?
    /// What is due, was paid, or could not be collected.
    public var amountMinor: Int64?
    /// The day by which to pay.
    public var dueDate: CivilDate?
    /// The day of the next automatic attempt.
    public var nextAttemptOn: CivilDate?
    /// Whether a new card is needed because trying the old one again cannot help.
    public var needsNewCard: Bool?
    /// The name of the sender, where the mail comes before the sender is known otherwise.
    public var senderName: String?
    /// What was done to the security of the account.
    public var securityAct: SecurityAct?
    /// When it was done.
    public var actedAt: Instant?
    /// The network that it came from.
    public var network: String?
    /// The sender's own subject, with places in braces.
    public var subject: String?
    /// The sender's own words, with places in braces.
    public var intro: String?

    /// What a mail tells.
    public init(
        number: String? = nil, title: String? = nil, currency: Currency? = nil, amountMinor: Int64? = nil,
        dueDate: CivilDate? = nil, nextAttemptOn: CivilDate? = nil, needsNewCard: Bool? = nil,
        senderName: String? = nil, securityAct: SecurityAct? = nil, actedAt: Instant? = nil,
        network: String? = nil
    ) {
        self.number = number
        self.title = title
        self.currency = currency
        self.amountMinor = amountMinor
        self.dueDate = dueDate
        self.nextAttemptOn = nextAttemptOn
        self.needsNewCard = needsNewCard
        self.senderName = senderName
        self.securityAct = securityAct
        self.actedAt = actedAt
        self.network = network
    }

    /// The amount with its currency, if there is one.
    public var money: Money? {
        guard let currency, let amountMinor else { return nil }
        return Money(minorUnits: amountMinor, currency: currency)
    }
}
