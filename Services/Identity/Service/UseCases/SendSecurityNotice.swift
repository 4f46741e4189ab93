import EventContracts
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Tells the person of an account by mail what was done to its security, lest it was somebody else.
struct SendSecurityNotice: Sendable {
    let context: IdentityContext

    /// Asks for the mail in the caller's transaction, which is that of the change.
    ///
    /// - Parameters:
    ///   - act: What was done.
    ///   - account: To whom, with the address as it was before.
    ///   - origin: From where the request came.
    ///   - cause: What led here.
    ///   - transaction: That of the change.
    /// - Throws: What the statement failed with; `Problem` 503 when the link cannot be sealed.
    func callAsFunction(
        _ act: SecurityAct, to account: StoredAccount, from origin: RequestOrigin, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws {
        let now = cause.clockTime
        let mailID = MailID.new(at: now)
        let notice = SecurityNotice(act: act, at: now, network: CoarseNetwork(of: origin.address).text)
        let mail = try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .securityNotice, to: account.email, recipientName: account.name,
                language: account.language, sealedLink: try context.seal(link: "/"),
                expiresAt: now + context.settings.verificationLife, notice: notice),
            subject: mailID, tenant: nil, sequence: nil, cause: cause)
        try context.service.outbox.write(mail, in: transaction)
    }
}
