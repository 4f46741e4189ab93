import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody forgot a password: the answer, its statements and its time are the same whether the address has an account.
struct AskPasswordReset: Sendable {
    private enum Outcome: Sendable {
        case answered(HTTPResponse)
        case refused(Problem)
    }

    static let secretPrefix = "pr"

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ email: EmailAddress, from origin: RequestOrigin, cause: EventCause,
        respond: @escaping @Sendable (borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let now = cause.clockTime
        let token = SecretToken.generate(prefix: Self.secretPrefix)
        let expiresAt = now + context.settings.passwordResetLife
        let sealedLink = try context.seal(link: "/password_resets/\(token.text.reveal())")
        let outbox = context.service.outbox
        // One transaction that always counts, so that an unknown address waits for the disk as long as a known one.
        let outcome: Outcome = try await context.service.pool.transaction { tx in
            if let refusal = try self.count(email, origin, at: now, in: tx) { return .refused(refusal) }
            let account = try AccountStore.find(emailKey: email.key, in: tx)
            try PasswordResetStore.withdraw(of: account?.id, in: tx)
            try PasswordResetStore.insert(
                hash: token.hash, account: account?.id, expiresAt: expiresAt, at: now, in: tx)
            try Audit.record(.passwordResetAsked, account: account?.id, from: origin, at: now, in: tx)
            if let account {
                try outbox.write(try Self.mail(account, sealedLink, expiresAt, cause), in: tx)
            } else {
                try outbox.writeNothing(in: tx)
            }
            return .answered(try respond(tx))
        }
        switch outcome {
        case .answered(let response): return response
        case .refused(let refusal): throw refusal
        }
    }

    /// Counts by what was typed and not by account: a limit tells nothing about who is there.
    private func count(
        _ email: EmailAddress, _ origin: RequestOrigin, at now: Instant,
        in transaction: borrowing Transaction
    ) throws -> Problem? {
        let settings = context.settings
        let byAddress = try ThrottleStore.count(
            settings.passwordResetsPerAddress, subject: origin.address, at: now, in: transaction)
        if let byAddress { return byAddress }
        return try ThrottleStore.count(
            settings.passwordResetsPerAccount, subject: email.key, at: now, in: transaction)
    }

    private static func mail(
        _ account: StoredAccount, _ sealedLink: String, _ expiresAt: Instant, _ cause: EventCause
    ) throws -> OutgoingEvent {
        let mailID = MailID.new(at: cause.clockTime)
        return try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .passwordReset, to: account.email, recipientName: account.name,
                language: account.language, sealedLink: sealedLink, expiresAt: expiresAt),
            subject: mailID, tenant: nil, sequence: nil, cause: cause)
    }
}
