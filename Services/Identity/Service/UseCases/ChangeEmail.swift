import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody wants another address: it counts once it is proven, and the old one hears of it at once.
///
/// An address that another account has gets no mail; the answer does not tell.
struct ChangeEmail: Sendable {
    struct Command: Sendable {
        let email: EmailAddress
        let password: String
        let principal: Principal
        let origin: RequestOrigin
    }

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ command: Command, cause: EventCause,
        respond: @escaping @Sendable (borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let (now, id) = (cause.clockTime, command.principal.accountID)
        let account = try await CheckPassword(context: context)(
            command.password, field: "password", of: id, from: command.origin, at: now)
        guard command.email.text != account.email else {
            throw Problem.invalid([
                FieldError(field: "email", code: "unchanged", message: "This is the address already.")
            ])
        }
        let (rule, outbox) = (context.settings.verificationsPerAccount, context.service.outbox)
        let refusal = try await context.service.pool.transaction { tx in
            try ThrottleStore.count(rule, subject: "\(id)", at: now, in: tx)
        }
        if let refusal { throw refusal }
        let sealedLink = try context.seal(link: "/")
        return try await context.service.pool.transaction { tx in
            guard let locked = try AccountStore.lock(id, in: tx), locked.passwordHash == account.passwordHash
            else { throw ChangePassword.changedMeanwhile }
            try VerificationStore.withdrawChanges(of: id, in: tx)
            let mails = try self.mails(command.email, locked, sealedLink, cause: cause, in: tx)
            try outbox.write(mails, in: tx)
            try Audit.record(
                .emailChangeAsked, account: id, organization: command.principal.organizationID,
                from: command.origin, at: now, in: tx)
            return try respond(tx)
        }
    }

    private func mails(
        _ email: EmailAddress, _ account: StoredAccount, _ sealedLink: String, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        let mailID = MailID.new(at: cause.clockTime)
        let notice = try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .emailChange, to: account.email, recipientName: account.name,
                language: account.language, sealedLink: sealedLink,
                expiresAt: cause.clockTime + context.settings.verificationLife),
            subject: mailID, tenant: nil, sequence: nil, cause: cause)
        let holder = try AccountStore.find(emailKey: email.key, in: transaction)
        guard holder == nil || holder?.id == account.id else { return [notice] }
        let proof = try RequestVerification(context: context)(
            of: email, for: account.id, name: account.name, language: account.language, isChange: true,
            cause: cause, in: transaction)
        return [notice, proof]
    }
}
