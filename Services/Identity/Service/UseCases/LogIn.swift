import Crypto
import HTTPServer
import IdentityDomain
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

    static let wrongCredentials = Problem(
        status: 401, code: "wrong_credentials", title: "Address or password are wrong")
    static let totpRequired = Problem(
        status: 401, code: "totp_required", title: "A second factor is needed",
        detail: "Repeat the login with totp_code or recovery_code.")
    static let notAMember = Problem(
        status: 403, code: "not_a_member", title: "This account does not belong to that organization")

    let context: IdentityContext

    func callAsFunction(_ command: Command) async throws -> IssuedTokens {
        let now = context.now
        let account = try await find(command, at: now)
        let verification = try await context.verify(command.password, against: account?.passwordHash)
        guard let account, verification.isMatch else {
            try await countFailure(command, of: account?.id, at: now)
            throw Self.wrongCredentials
        }
        let rehashed = verification.needsRehash ? try await context.hash(command.password) : nil
        return try await open(account, command, rehashed: rehashed, at: now)
    }

    /// Refuses before any password is hashed when too many were wrong: guessing must not cost us more than the guesser.
    private func find(_ command: Command, at now: Instant) async throws -> StoredAccount? {
        let key = EmailAddress(command.email)?.key
        let (perAccount, perAddress) = (context.settings.loginsPerAccount, context.settings.loginsPerAddress)
        return try await context.service.pool.transaction { tx in
            try ThrottleStore.check(perAddress, subject: command.origin.address, at: now, in: tx)
            guard let key else { return nil }
            try ThrottleStore.check(perAccount, subject: key, at: now, in: tx)
            return try AccountStore.find(emailKey: key, in: tx)
        }
    }

    private func countFailure(_ command: Command, of account: AccountID?, at now: Instant) async throws {
        try await context.service.pool.transaction { tx in
            try self.countFailure(command, of: account, at: now, in: tx)
        }
    }

    private func countFailure(
        _ command: Command, of account: AccountID?, at now: Instant, in transaction: borrowing Transaction
    ) throws {
        let (perAccount, perAddress) = (context.settings.loginsPerAccount, context.settings.loginsPerAddress)
        if let key = EmailAddress(command.email)?.key {
            _ = try ThrottleStore.count(perAccount, subject: key, at: now, in: transaction)
        }
        _ = try ThrottleStore.count(perAddress, subject: command.origin.address, at: now, in: transaction)
        try Audit.record(.loginFailed, account: account, from: command.origin, at: now, in: transaction)
    }

    /// Nil when nothing is missing; a wrong code is counted, which must be committed.
    private func refusal(
        _ account: StoredAccount, _ command: Command, at now: Instant, in transaction: borrowing Transaction
    )
        throws -> Problem?
    {
        let verdict = try SecondFactor(context: context).check(
            command.proof, of: account.id, at: now, in: transaction)
        if case .missing = verdict { return Self.totpRequired }
        // Asked once more now that guesses for this account wait for each other: none of a burst goes uncounted.
        try ThrottleStore.check(
            context.settings.loginsPerAccount, subject: account.emailKey, at: now, in: transaction)
        guard case .wrong = verdict else { return nil }
        try countFailure(command, of: account.id, at: now, in: transaction)
        return SecondFactor.wrongCode
    }

    private func open(_ account: StoredAccount, _ command: Command, rehashed: String?, at now: Instant)
        async throws
        -> IssuedTokens
    {
        let lifetimes = context.settings.lifetimes
        let sessionID = SessionID.new(at: now)
        let tokens = IssueTokens(context: context)
        let outcome: Outcome = try await context.service.pool.transaction { tx in
            // Between the check and this moment the password may have been changed, and every login ended.
            guard try AccountStore.lockPasswordHash(of: account.id, in: tx) == account.passwordHash else {
                throw Self.wrongCredentials
            }
            if let refusal = try self.refusal(account, command, at: now, in: tx) { return .refused(refusal) }
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
