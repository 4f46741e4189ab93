/// A mail before it is set as plain text and as HTML.
public struct Letter: Hashable, Sendable {
    /// A line of the table in the middle: what, how much.
    public struct Row: Hashable, Sendable {
        /// What it is.
        public let label: String
        /// Its value.
        public let value: String
    }

    /// The one thing to do.
    public struct Action: Hashable, Sendable {
        /// What the button says.
        public let label: String
        /// Where it leads.
        public let address: String
    }

    /// The subject of the mail.
    public let subject: String
    /// The salutation.
    public let greeting: String
    /// What the mail says.
    public let paragraphs: [String]
    /// Amounts and dates.
    public let rows: [Row]
    /// The one thing to do, if any.
    public let action: Action?
    /// Small print under it.
    public let note: String?
    /// Who writes: name and postal address.
    public let signature: [String]
    /// The language, for readers' software.
    public let language: MailLanguage
}
