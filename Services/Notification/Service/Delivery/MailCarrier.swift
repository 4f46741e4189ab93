import HTTPClient

/// Hands a mail to whoever delivers it.
protocol MailCarrier: Sendable {
    func send(_ mail: OutgoingMail) async throws(SMTPError)
}

extension SMTPClient: MailCarrier {}
