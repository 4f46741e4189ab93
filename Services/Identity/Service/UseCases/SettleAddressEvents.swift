import Crypto
import EventContracts
import Lifecycle
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Does what follows for an account from what somebody did with its address: its audit event, and the mail for a
/// forgotten password.
struct SettleAddressEvents: Sendable {
    private static let eventsPerRound = 50

    let context: IdentityContext

    /// A loop that looks for them; no request wakes it, so that what it does has nothing to do with any answer.
    static func loop(_ context: IdentityContext) -> BackgroundLoop {
        let settle = SettleAddressEvents(context: context)
        return BackgroundLoop(
            label: "address events", pause: context.settings.addressEventPause, log: context.service.log
        ) {
            try await settle.round() == eventsPerRound ? .more : .idle
        }
    }

    /// Takes out what waits, each with its effect.
    private func round() async throws -> Int {
        try await context.service.pool.transaction { tx in
            let events = try AddressEvent.take(Self.eventsPerRound, in: tx)
            for event in events {
                guard let account = try AccountStore.find(emailKey: event.emailKey, in: tx) else { continue }
                try Audit.record(
                    event.kind, account: account.id, from: event.origin, at: event.cause.clockTime, in: tx)
                if event.kind == .passwordResetAsked { try self.mail(account, event.cause, in: tx) }
            }
            return events.count
        }
    }

    /// Mails the link with which somebody chooses another password.
    private func mail(_ account: StoredAccount, _ cause: EventCause, in tx: borrowing Transaction) throws {
        let now = cause.clockTime
        let token = SecretToken.generate(prefix: AskPasswordReset.secretPrefix)
        let expiresAt = now + context.settings.passwordResetLife
        try PasswordResetStore.withdraw(of: account.id, in: tx)
        try PasswordResetStore.insert(
            hash: token.hash, account: account.id, expiresAt: expiresAt, at: now, in: tx)
        let mailID = MailID.new(at: now)
        let mail = try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .passwordReset, to: account.email, recipientName: account.name,
                language: account.language,
                sealedLink: try context.seal(link: "/password_resets/\(token.text.reveal())"),
                expiresAt: expiresAt),
            subject: mailID, tenant: nil, sequence: nil, cause: cause)
        try context.service.outbox.write(mail, in: tx)
    }
}
