import Crypto
import EventContracts
import Lifecycle
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Mails the links that were asked for, to those who have an account.
struct MailPasswordResets: Sendable {
    private static let requestsPerRound = 20

    let context: IdentityContext

    /// A loop that looks for requests; it isn't woken by them, so that what it does has nothing to do with any answer.
    static func loop(_ context: IdentityContext) -> BackgroundLoop {
        let mail = MailPasswordResets(context: context)
        return BackgroundLoop(
            label: "password resets", pause: context.settings.passwordResetPause, log: context.service.log
        ) {
            try await mail.round() == requestsPerRound ? .more : .idle
        }
    }

    /// Takes out what waits, each with its effect.
    private func round() async throws -> Int {
        try await context.service.pool.transaction { tx in
            let requests = try PasswordResetRequest.take(Self.requestsPerRound, in: tx)
            for request in requests { try self.mail(request, in: tx) }
            return requests.count
        }
    }

    private func mail(_ request: PasswordResetRequest, in tx: borrowing Transaction) throws {
        guard let account = try AccountStore.find(emailKey: request.emailKey, in: tx) else { return }
        let now = request.cause.clockTime
        let token = SecretToken.generate(prefix: AskPasswordReset.secretPrefix)
        let expiresAt = now + context.settings.passwordResetLife
        try PasswordResetStore.withdraw(of: account.id, in: tx)
        try PasswordResetStore.insert(
            hash: token.hash, account: account.id, expiresAt: expiresAt, at: now, in: tx)
        try Audit.record(.passwordResetAsked, account: account.id, from: request.origin, at: now, in: tx)
        let mailID = MailID.new(at: now)
        let mail = try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .passwordReset, to: account.email, recipientName: account.name,
                language: account.language,
                sealedLink: try context.seal(link: "/password_resets/\(token.text.reveal())"),
                expiresAt: expiresAt),
            subject: mailID, tenant: nil, sequence: nil, cause: request.cause)
        try context.service.outbox.write(mail, in: tx)
    }
}
