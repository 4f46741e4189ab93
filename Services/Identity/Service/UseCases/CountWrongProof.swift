import IdentityDomain
import Postgres
import Primitives

/// Counts a wrong password or code of somebody who is logged in against the address of the account, as a wrong one of a
/// login is, and keeps it in the audit trail.
///
/// The last that is allowed closes the account for the rest of the window, which is kept as well.
struct CountWrongProof: Sendable {
    let context: IdentityContext

    /// Counts in the caller's transaction.
    func callAsFunction(
        _ kind: Audit.Kind, emailKey: String, account: AccountID, from origin: RequestOrigin,
        at now: Instant, in transaction: borrowing Transaction
    ) throws {
        let rule = context.settings.loginsPerAccount
        let count = try ThrottleStore.tally(rule, subject: emailKey, at: now, in: transaction)
        try Audit.record(kind, account: account, from: origin, at: now, in: transaction)
        guard count == rule.limit else { return }
        try Audit.record(.loginsLocked, account: account, from: origin, at: now, in: transaction)
    }
}
