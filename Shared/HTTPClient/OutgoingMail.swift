/// A mail as the mail server takes it: an envelope and the composed message.
public struct OutgoingMail: Sendable {
    /// Where bounces go.
    public let sender: MailAddress
    /// Who gets it; not empty.
    public let recipients: [MailAddress]
    /// The message with CRLF line ends, as `MIMEMessage` composes it.
    public let message: [UInt8]

    /// Describes a mail.
    ///
    /// - Parameters:
    ///   - sender: Where bounces go.
    ///   - recipients: Who gets it.
    ///   - message: The composed message.
    public init(sender: MailAddress, recipients: [MailAddress], message: [UInt8]) {
        precondition(!recipients.isEmpty)
        self.sender = sender
        self.recipients = recipients
        self.message = message
    }
}

/// Why a mail was not taken.
public enum SMTPError: Error, Sendable, Equatable {
    /// The server refuses this mail for now (4xx).
    case transient(code: Int, reply: String)
    /// The server refuses this mail for good (5xx).
    case permanent(code: Int, reply: String)
    /// There was no (usable) conversation: unreachable, time-out, TLS, credentials refused, greeting refused. It says
    /// nothing about the mail. `mayHaveBeenTaken` is true when the whole message was sent and only the reply is missing.
    case connection(detail: String, mayHaveBeenTaken: Bool)
    /// Too many mails wait in this client.
    case overloaded
    /// The calling task was cancelled.
    case cancelled(mayHaveBeenTaken: Bool)
    /// The client was stopped.
    case stopped(mayHaveBeenTaken: Bool)
}
