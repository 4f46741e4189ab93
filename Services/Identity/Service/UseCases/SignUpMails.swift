import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// The mails to an address with which somebody signs up, be it new or known here.
struct SignUpMails: Sendable {
    let context: IdentityContext

    /// What follows a sign-up: the link, or for who has an account that there is one and how to get in.
    func answer(
        to signUp: StoredSignUp, _ token: SecretToken, holder: StoredAccount?, _ cause: EventCause
    ) throws -> OutgoingEvent {
        // Sealed once in either case: it is the dearest step beside the hash.
        let sealedLink = try context.seal(link: holder == nil ? Self.path(token) : "/")
        return try mail(
            holder == nil ? .verification : .signUpRepeated, to: holder?.email ?? signUp.email.text,
            name: holder?.name ?? signUp.name, language: holder == nil ? signUp.language : holder?.language,
            sealedLink, cause)
    }

    /// The link that turns an attempt into an account; for no attempt it is sealed all the same, and no mail.
    func link(_ token: SecretToken, to signUp: StoredSignUp?, _ cause: EventCause) throws -> OutgoingEvent? {
        let sealedLink = try context.seal(link: Self.path(token))
        return try signUp.map {
            try mail(
                .verification, to: $0.email.text, name: $0.name, language: $0.language, sealedLink, cause)
        }
    }

    private static func path(_ token: SecretToken) -> String { "/verifications/\(token.text.reveal())" }

    private func mail(
        _ kind: IdentityMailKind, to address: String, name: String, language: String?,
        _ sealedLink: String, _ cause: EventCause
    ) throws -> OutgoingEvent {
        let mailID = MailID.new(at: cause.clockTime)
        return try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: kind, to: address, recipientName: name, language: language,
                sealedLink: sealedLink, expiresAt: cause.clockTime + context.settings.verificationLife),
            subject: mailID, tenant: nil, sequence: nil, cause: cause)
    }

    /// Writes a mail unless the address has had too many; nobody is told, as that would tell who is there.
    ///
    /// No mail costs the same statements, and is counted where it takes no mail away from the address.
    func write(
        _ mail: OutgoingEvent?, to emailKey: String, at now: Instant, in transaction: borrowing Transaction
    ) throws {
        let rule = context.settings.verificationsPerAccount
        let subject = mail == nil ? "no mail to \(emailKey)" : emailKey
        let refusal = try ThrottleStore.count(rule, subject: subject, at: now, in: transaction)
        if let mail, refusal == nil {
            try context.service.outbox.write(mail, in: transaction)
        } else {
            try context.service.outbox.writeNothing(in: transaction)
        }
    }
}
