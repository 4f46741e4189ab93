/// What a sender has mails about invoices say, in place of the usual words.
///
/// Names in braces are filled in for each mail: `Invoice {number} over {amount}`.
public struct InvoiceMailWording: Codable, Hashable, Sendable {
    /// The subject; one line.
    public var subject: String?
    /// What stands between salutation and amounts; an empty line begins a new paragraph.
    public var intro: String?

    /// Words.
    public init(subject: String? = nil, intro: String? = nil) {
        self.subject = subject
        self.intro = intro
    }

    /// A name in braces.
    public enum Place: String, CaseIterable, Sendable {
        /// The invoice's number.
        case number
        /// What the invoice is for.
        case title
        /// What is due.
        case amount
        /// The last day to pay.
        case dueDate = "due_date"
        /// Who is billed.
        case clientName = "client_name"
        /// Who bills.
        case senderName = "sender_name"
    }

    /// The place of the first brace that does not belong to a known name, counted in characters from 1; nil when all do.
    public static func misplaced(in text: String) -> Int? {
        var rest = text[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            let name = rest[brace...].dropFirst().prefix { $0 != "{" && $0 != "}" }
            let isClosed = rest[brace] == "{" && name.endIndex < rest.endIndex && rest[name.endIndex] == "}"
            guard isClosed, Place(rawValue: String(name)) != nil else {
                return text.distance(from: text.startIndex, to: brace) + 1
            }
            rest = rest[rest.index(after: name.endIndex)...]
        }
        return nil
    }
}
