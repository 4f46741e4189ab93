import Crypto
import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody proves an address with the secret from the mail: that of a sign-up, which makes the account, or that of an
/// account which gets another address.
struct VerifyEmail: Sendable {
    static let badToken = Problem(
        status: 422, code: "invalid_verification", title: "This link does not count",
        detail: "It is too old, or for another address. Ask for a new one.")

    let context: IdentityContext

    /// Proves the address; a second click on the same link has the same answer.
    func callAsFunction(_ text: String, from origin: RequestOrigin, cause: EventCause) async throws
        -> AccountID
    {
        guard SecretToken.isWellFormed(text, prefix: RequestVerification.secretPrefix) else {
            throw Self.badToken
        }
        let hash = SecretToken.hash(of: text)
        do {
            return try await prove(hash, from: origin, cause: cause)
        } catch let error as PostgresError where error.code == .uniqueViolation {
            // Two accounts prove one address in the same moment: the other was first.
            throw Self.badToken
        }
    }

    private func prove(_ hash: [UInt8], from origin: RequestOrigin, cause: EventCause) async throws
        -> AccountID
    {
        let now = cause.clockTime
        let outbox = context.service.outbox
        let (finish, notice) = (FinishSignUp(context: context), SendSecurityNotice(context: context))
        return try await context.service.pool.transaction { tx in
            // Looked for before those that were used: the second of two clicks waits here.
            if let signUp = try SignUpStore.lock(hash: hash, in: tx) {
                guard now < signUp.expiresAt,
                    try finish(signUp, hash: hash, from: origin, cause: cause, in: tx)
                else { throw Self.badToken }
                return signUp.accountID
            }
            guard let stored = try VerificationStore.lock(hash: hash, in: tx) else { throw Self.badToken }
            if stored.usedAt != nil { return stored.accountID }
            guard now < stored.expiresAt else { throw Self.badToken }
            try VerificationStore.markUsed(hash: hash, at: now, in: tx)
            if let email = stored.newEmail {
                guard let old = try AccountStore.lock(stored.accountID, in: tx) else { throw Self.badToken }
                let events = try Self.change(stored, to: email, cause: cause, in: tx)
                try outbox.write(events, in: tx)
                try notice(.emailChanged, to: old, from: origin, cause: cause, in: tx)
                try Audit.record(.emailChanged, account: stored.accountID, from: origin, at: now, in: tx)
                return stored.accountID
            }
            let sequence = try AccountStore.markVerified(
                stored.accountID, emailKey: stored.emailKey, at: now, in: tx)
            if let sequence {
                let event = try OutgoingEvent(
                    AccountVerified(accountID: stored.accountID), subject: stored.accountID, tenant: nil,
                    sequence: sequence, cause: cause)
                try outbox.write(event, in: tx)
                try Audit.record(.emailVerified, account: stored.accountID, from: origin, at: now, in: tx)
            }
            return stored.accountID
        }
    }

    /// From now on the account has the address; links that went to the old one do not count any more.
    private static func change(
        _ stored: VerificationStore.Stored, to email: String, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        let id = stored.accountID
        let changed = try AccountStore.changeEmail(
            of: id, to: email, key: stored.emailKey, at: cause.clockTime, in: transaction)
        guard let (account, sequence) = changed else { throw badToken }
        try PasswordResetStore.withdraw(of: id, in: transaction)
        return [
            try OutgoingEvent(
                AccountVerified(accountID: id), subject: id, tenant: nil, sequence: sequence, cause: cause),
            try Particulars(cause: cause).of(
                account: id, name: account.name, email: account.email, language: account.language),
        ]
    }
}
