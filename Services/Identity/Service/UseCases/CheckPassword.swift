import Crypto
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// Asks somebody who is logged in for the password once more, before something that a borrowed device must not do.
struct CheckPassword: Sendable {
    let context: IdentityContext

    /// Checks it; wrong ones count like those of a login, and the same limit ends the guessing.
    ///
    /// - Throws: `Problem` 422 at the field, 429 after too many.
    func callAsFunction(
        _ password: String, field: String, of id: AccountID, from origin: RequestOrigin, at now: Instant
    ) async throws -> StoredAccount {
        let (rule, countWrong) = (context.settings.loginsPerAccount, CountWrongProof(context: context))
        let account = try await context.service.pool.transaction { tx in
            guard let account = try AccountStore.find(id, in: tx) else { throw Problem.unauthenticated }
            try ThrottleStore.check(rule, subject: account.emailKey, at: now, in: tx)
            return account
        }
        guard try await context.verify(password, against: account.passwordHash).isMatch else {
            try await context.service.pool.transaction { tx in
                try countWrong(
                    .passwordCheckFailed, emailKey: account.emailKey, account: id, from: origin, at: now,
                    in: tx)
            }
            throw Problem.invalid([
                FieldError(field: field, code: "wrong", message: "This is not the password of the account.")
            ])
        }
        return account
    }
}
