public import Primitives

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

    /// What a mail tells.
    public init(
        number: String? = nil, title: String? = nil, currency: Currency? = nil, amountMinor: Int64? = nil,
        dueDate: CivilDate? = nil, nextAttemptOn: CivilDate? = nil, needsNewCard: Bool? = nil,
        senderName: String? = nil
    ) {
        self.number = number
        self.title = title
        self.currency = currency
        self.amountMinor = amountMinor
        self.dueDate = dueDate
        self.nextAttemptOn = nextAttemptOn
        self.needsNewCard = needsNewCard
        self.senderName = senderName
    }

    /// The amount with its currency, if there is one.
    public var money: Money? {
        guard let currency, let amountMinor else { return nil }
        return Money(minorUnits: amountMinor, currency: currency)
    }
}
