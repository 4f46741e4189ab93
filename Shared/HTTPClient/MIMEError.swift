/// Why a message cannot be composed.
public enum MIMEError: Error, Sendable, Equatable {
    /// A header name or value would break out of its header.
    case headerInjection(field: String)
    /// A message needs a recipient.
    case noRecipient
    /// A Message-ID is `left@right` in ASCII without spaces and angle brackets.
    case badMessageID
    /// A media type is `type/subtype` in ASCII, perhaps with parameters.
    case badMediaType(String)
}
