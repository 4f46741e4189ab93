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

    /// The link that turns an attempt into an account; for no attempt it is sealed all the same, and no mail.
    func link(_ token: SecretToken, to signUp: StoredSignUp?, _ cause: EventCause) throws -> OutgoingEvent? {
        let sealedLink = try context.seal(link: "/verifications/\(token.text.reveal())")
        guard let signUp else { return nil }
        let mailID = MailID.new(at: cause.clockTime)
        return try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .verification, to: signUp.email.text, recipientName: signUp.name,
                language: signUp.language, sealedLink: sealedLink,
                expiresAt: cause.clockTime + context.settings.verificationLife),
            subject: mailID, tenant: nil, sequence: nil, cause: cause)
    }

    /// What somebody reads who has an account: that there is one, and how to get in.
    func known(_ account: StoredAccount, _ cause: EventCause) throws -> OutgoingEvent {
        let mailID = MailID.new(at: cause.clockTime)
        return try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .signUpRepeated, to: account.email, recipientName: account.name,
                language: account.language, sealedLink: try context.seal(link: "/"),
                expiresAt: cause.clockTime + context.settings.verificationLife),
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
