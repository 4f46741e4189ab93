import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody logs in with a password.
struct LogIn: Sendable {
    struct Command: Sendable {
        /// As it was typed; what is no address has no account.
        let email: String
        let password: String
        let organizationID: OrganizationID?
        let origin: RequestOrigin
        /// Asked for when the account has a second factor.
        let proof: SecondFactor.Proof?
    }

    private enum Outcome: Sendable {
        case opened(LoginScope, SecretToken)
        case refused(Problem)
    }

    /// What is known of an address: an account, or else the newest attempt to sign up with it.
    private struct Known: Sendable {
        let account: StoredAccount?
        let signUp: StoredSignUp?

        /// What the password is checked against, always once.
        var passwordHash: String? { account?.passwordHash ?? signUp?.passwordHash }
    }

    private enum Lookup: Sendable {
        case known(Known)
        case refused(Problem)
    }

    /// One answer for three cases: a sign-up that was not confirmed must not look another than an unknown address.
    static let invalidCredentials = Problem(
        status: 401, code: "invalid_credentials", title: "This login does not count",
        detail:
            "The address or the password is wrong, or the address is not confirmed yet. If it is not confirmed "
            + "and the password is right, a mail with a new link is on its way.")
    static let totpRequired = Problem(
        status: 401, code: "totp_required", title: "A second factor is needed",
        detail: "Repeat the login with totp_code or recovery_code.")
    static let notAMember = Problem(
        status: 403, code: "not_a_member", title: "This account does not belong to that organization")

    let context: IdentityContext

    func callAsFunction(_ command: Command, cause: EventCause) async throws -> IssuedTokens {
        let known = try await find(command, cause)
        let verification = try await context.verify(command.password, against: known.passwordHash)
        guard let account = known.account, account.verifiedAt != nil, verification.isMatch else {
            try await refuse(command, known, isMatch: verification.isMatch, cause: cause)
            throw Self.invalidCredentials
        }
        let rehashed = verification.needsRehash ? try await context.hash(command.password) : nil
        return try await open(account, command, rehashed: rehashed, cause)
    }

    /// Refuses before any password is hashed when too many were wrong: guessing must not cost us more than the guesser.
    private func find(_ command: Command, _ cause: EventCause) async throws -> Known {
        let (key, now) = (EmailAddress(command.email)?.key, cause.clockTime)
        // The event of a refusal must be committed, so it is a result and not an error.
        let lookup: Lookup = try await context.service.pool.transaction { tx in
            if let refusal = try self.throttled(key, command, cause, in: tx) { return .refused(refusal) }
            guard let key else { return .known(Known(account: nil, signUp: nil)) }
            return .known(
                Known(
                    account: try AccountStore.find(emailKey: key, in: tx),
                    signUp: try SignUpStore.newest(emailKey: key, at: now, in: tx)))
        }
        switch lookup {
        case .known(let known): return known
        case .refused(let refusal): throw refusal
        }
    }

    /// The refusal after too many failures; of those in one window the first is kept in the audit trail.
    private func throttled(
        _ key: String?, _ command: Command, _ cause: EventCause, in transaction: borrowing Transaction
    ) throws -> Problem? {
        let now = cause.clockTime
        let (perAccount, perAddress) = (context.settings.loginsPerAccount, context.settings.loginsPerAddress)
        var refusal = try ThrottleStore.refusal(
            perAddress, subject: command.origin.address, at: now, in: transaction)
        if refusal == nil, let key {
            refusal = try ThrottleStore.refusal(perAccount, subject: key, at: now, in: transaction)
        }
        guard let refusal, let key else { return refusal }
        let noted = ThrottleRule(name: "refused_logins", limit: 1, windowSeconds: perAccount.windowSeconds)
        if try ThrottleStore.isFirst(noted, subject: key, at: now, in: transaction) {
            let event = AddressEvent(
                kind: .loginRefused, emailKey: key, origin: command.origin, cause: cause)
            try AddressEvent.insert(event, in: transaction)
        }
        return refusal
    }

    /// Counts the failure; with the right password of an address that is not confirmed, a new link goes there.
    ///
    /// Whoever signed up with an address must not learn from this whether it has an account, in which case the password
    /// is simply wrong: so the statements are the same, with and without a mail.
    private func refuse(_ command: Command, _ known: Known, isMatch: Bool, cause: EventCause) async throws {
        let now = cause.clockTime
        let token = SecretToken.generate(prefix: RequestVerification.secretPrefix)
        let mails = SignUpMails(context: context)
        let signUp = isMatch && known.account == nil ? known.signUp : nil
        let link = try mails.link(token, to: signUp, cause)
        let expiresAt = now + context.settings.verificationLife
        try await context.service.pool.transaction { tx in
            try self.countFailure(command, cause, in: tx)
            try SignUpStore.renew(signUp?.accountID, hash: token.hash, expiresAt: expiresAt, in: tx)
            let mail = isMatch ? try link ?? self.proof(of: known.account, cause, in: tx) : nil
            try mails.write(mail, to: EmailAddress(command.email)?.key ?? command.email, at: now, in: tx)
        }
    }

    /// The link for an account from before accounts began with the proof of their address.
    private func proof(
        of account: StoredAccount?, _ cause: EventCause, in transaction: borrowing Transaction
    ) throws -> OutgoingEvent? {
        guard let account, let email = EmailAddress(account.email) else { return nil }
        return try RequestVerification(context: context)(
            of: email, for: account.id, name: account.name, language: account.language, isChange: false,
            cause: cause, in: transaction)
    }

    /// Counts without a look at whose address it is; the audit trail hears of it after the answer.
    private func countFailure(
        _ command: Command, _ cause: EventCause, in transaction: borrowing Transaction
    ) throws {
        let (origin, now, rule) = (command.origin, cause.clockTime, context.settings.loginsPerAccount)
        _ = try ThrottleStore.count(
            context.settings.loginsPerAddress, subject: origin.address, at: now, in: transaction)
        guard let key = EmailAddress(command.email)?.key else { return }
        let count = try ThrottleStore.tally(rule, subject: key, at: now, in: transaction)
        for kind in [Audit.Kind.loginFailed] + (count == rule.limit ? [.loginsLocked] : []) {
            try AddressEvent.insert(
                AddressEvent(kind: kind, emailKey: key, origin: origin, cause: cause), in: transaction)
        }
    }

    /// Nil when nothing is missing; a wrong code is counted, which must be committed.
    private func refusal(
        _ account: StoredAccount, _ command: Command, _ cause: EventCause,
        in transaction: borrowing Transaction
    ) throws -> Problem? {
        let now = cause.clockTime
        let verdict = try SecondFactor(context: context).check(
            command.proof, of: account.id, at: now, in: transaction)
        if case .missing = verdict { return Self.totpRequired }
        // Asked once more now that guesses for this account wait for each other: none of a burst goes uncounted.
        try ThrottleStore.check(
            context.settings.loginsPerAccount, subject: account.emailKey, at: now, in: transaction)
        guard case .wrong = verdict else { return nil }
        try countFailure(command, cause, in: transaction)
        return SecondFactor.wrongCode
    }

    private func open(
        _ account: StoredAccount, _ command: Command, rehashed: String?, _ cause: EventCause
    ) async throws -> IssuedTokens {
        let now = cause.clockTime
        let lifetimes = context.settings.lifetimes
        let sessionID = SessionID.new(at: now)
        let tokens = IssueTokens(context: context)
        let outcome: Outcome = try await context.service.pool.transaction { tx in
            // Between the check and this moment the password may have been changed, and every login ended.
            guard try AccountStore.lockPasswordHash(of: account.id, in: tx) == account.passwordHash else {
                throw Self.invalidCredentials
            }
            if let refusal = try self.refusal(account, command, cause, in: tx) { return .refused(refusal) }
            if let rehashed {
                try AccountStore.replacePasswordHash(
                    of: account.id, old: account.passwordHash, new: rehashed, at: now, in: tx)
            }
            let scope = try Self.scope(account, requested: command.organizationID, in: tx)
            let expiresAt = now + lifetimes.session
            try SessionStore.insert(
                sessionID, account: account.id, organization: scope.organizationID, expiresAt: expiresAt,
                from: command.origin, at: now, in: tx)
            let token = try tokens.storeRefreshToken(
                session: sessionID, expiresAt: min(now + lifetimes.refreshIdle, expiresAt), at: now, in: tx)
            try Audit.record(
                .loggedIn, account: account.id, organization: scope.organizationID, about: [.id(sessionID)],
                from: command.origin, at: now, in: tx)
            return .opened(scope, token)
        }
        switch outcome {
        case .refused(let refusal): throw refusal
        case .opened(let scope, let refreshToken):
            return try tokens.issue(
                account: account.id, session: sessionID, scope: scope, refreshToken: refreshToken, at: now)
        }
    }

    private static func scope(
        _ account: StoredAccount, requested: OrganizationID?, in transaction: borrowing Transaction
    ) throws -> LoginScope {
        let memberships = try AccountStore.lockMemberships(of: account.id, in: transaction)
        do throws(LoginScope.NotAMember) {
            return try LoginScope(
                memberships: memberships, requested: requested, isSuperadmin: account.isSuperadmin)
        } catch {
            throw notAMember
        }
    }
}
