import Postgres
import Primitives

/// Puts another password in the place of the present one, and takes back what somebody with the old one may have begun.
struct ReplacePassword: Sendable {
    let context: IdentityContext

    /// Changes the account, whose row the caller has locked.
    func callAsFunction(
        of account: StoredAccount, with passwordHash: String, at now: Instant,
        in transaction: borrowing Transaction
    ) throws {
        try AccountStore.replacePasswordHash(
            of: account.id, old: account.passwordHash, new: passwordHash, at: now, in: transaction)
        try PasswordResetStore.withdraw(of: account.id, in: transaction)
        try VerificationStore.withdrawChanges(of: account.id, in: transaction)
    }
}
