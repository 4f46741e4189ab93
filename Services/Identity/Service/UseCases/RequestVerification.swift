import Crypto
import EventContracts
import IdentityDomain
import Postgres
import Primitives

/// Asks for the proof of an address: a secret goes there in a mail.
struct RequestVerification: Sendable {
    static let secretPrefix = "vt"

    let context: IdentityContext

    /// Stores the secret and makes the request for the mail that carries it.
    ///
    /// - Parameters:
    ///   - email: The address.
    ///   - id: The account.
    ///   - name: Whom the mail greets.
    ///   - language: In which language.
    ///   - isChange: Whether the account gets the address with the proof; otherwise it has it.
    ///   - cause: What led here.
    ///   - transaction: The transaction of the whole.
    /// - Returns: The event, for the caller to write.
    /// - Throws: What the statement failed with; `Problem` 503 when the link cannot be sealed.
    func callAsFunction(
        of email: EmailAddress, for id: AccountID, name: String, language: String?, isChange: Bool,
        cause: EventCause, in transaction: borrowing Transaction
    ) throws -> OutgoingEvent {
        let now = cause.clockTime
        let token = SecretToken.generate(prefix: Self.secretPrefix)
        let expiresAt = now + context.settings.verificationLife
        try VerificationStore.insert(
            hash: token.hash, account: id, emailKey: email.key,
            newEmail: isChange ? email.text : nil, expiresAt: expiresAt, at: now, in: transaction)
        let mailID = MailID.new(at: now)
        return try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .verification, to: email.text, recipientName: name, language: language,
                sealedLink: try context.seal(link: "/verifications/\(token.text.reveal())"),
                expiresAt: expiresAt), subject: mailID, tenant: nil, sequence: nil, cause: cause)
    }
}
