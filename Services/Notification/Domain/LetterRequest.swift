/// Who writes to whom, in which language, about what.
public struct LetterRequest: Hashable, Sendable {
    /// What the mail is for.
    public var kind: MailKind
    /// The language.
    public var language: MailLanguage
    /// The reader's name, if known.
    public var recipientName: String?
    /// The name of the sender, or of the platform.
    public var senderName: String
    /// The sender's postal address, if any.
    public var senderAddress: String?
    /// What is told.
    public var facts: MailFacts
    /// Where the button leads.
    public var link: String?

    /// A request for a letter.
    public init(
        kind: MailKind, language: MailLanguage, recipientName: String?, senderName: String,
        senderAddress: String?, facts: MailFacts, link: String?
    ) {
        self.kind = kind
        self.language = language
        self.recipientName = recipientName
        self.senderName = senderName
        self.senderAddress = senderAddress
        self.facts = facts
        self.link = link
    }
}
