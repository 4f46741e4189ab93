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

/// Which dated parts of an invoice a mail is about.
public struct MailInstalments: Codable, Hashable, Sendable {
    /// The first of them, from 1.
    public var first: Int
    /// The last of them.
    public var last: Int
    /// How many the invoice has.
    public var count: Int
    /// What is open of them; nil where that is told otherwise.
    public var amountMinor: Int64?

    /// Some parts.
    public init(first: Int, last: Int, count: Int, amountMinor: Int64? = nil) {
        self.first = first
        self.last = last
        self.count = count
        self.amountMinor = amountMinor
    }
}

/// A card that a mail is about.
public struct MailCard: Codable, Hashable, Sendable {
    /// Its last four digits.
    public var last4: String
    /// The last day on which it works.
    public var expiresOn: CivilDate

    /// A card.
    public init(last4: String, expiresOn: CivilDate) {
        self.last4 = last4
        self.expiresOn = expiresOn
    }
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
    /// The number of a credit note; the amount is then what it takes back.
    public var creditNoteNumber: String?
    /// Why some of the invoice was taken back, in the sender's words.
    public var reason: String?
    /// The parts of the invoice that it is about, where it is paid in several.
    public var instalments: MailInstalments?
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
    /// The card that it is about.
    public var card: MailCard?
    /// The sender's own subject, with places in braces.
    public var subject: String?
    /// The sender's own words, with places in braces.
    public var intro: String?

    /// Where the button leads, when that is no secret.
    public var page: String?

    /// What a mail tells.
    public init(
        number: String? = nil, title: String? = nil, currency: Currency? = nil, amountMinor: Int64? = nil,
        dueDate: CivilDate? = nil, instalments: MailInstalments? = nil, creditNoteNumber: String? = nil,
        reason: String? = nil, nextAttemptOn: CivilDate? = nil, needsNewCard: Bool? = nil,
        senderName: String? = nil, securityAct: SecurityAct? = nil, actedAt: Instant? = nil,
        network: String? = nil, page: String? = nil
    ) {
        self.number = number
        self.title = title
        self.currency = currency
        self.amountMinor = amountMinor
        self.dueDate = dueDate
        self.creditNoteNumber = creditNoteNumber
        self.reason = reason
        self.instalments = instalments
        self.nextAttemptOn = nextAttemptOn
        self.needsNewCard = needsNewCard
        self.senderName = senderName
        self.securityAct = securityAct
        self.actedAt = actedAt
        self.network = network
        self.page = page
    }

    /// The amount with its currency, if there is one.
    public var money: Money? {
        guard let currency, let amountMinor else { return nil }
        return Money(minorUnits: amountMinor, currency: currency)
    }
}
