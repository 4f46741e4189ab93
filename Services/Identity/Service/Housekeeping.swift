import Lifecycle
import Postgres
import Primitives
import ServiceKit

/// Removes what nobody can use any more.
enum Housekeeping {
    private static let rowsPerRound = 1000
    private static let kept = Duration.seconds(30 * 86_400)

    /// A loop that removes ended logins, expired secrets and old counts.
    static func loop(_ context: IdentityContext) -> BackgroundLoop {
        BackgroundLoop(label: "housekeeping", pause: .seconds(600), log: context.service.log) {
            let now = context.now
            let removed = try await context.service.pool.transaction { tx in
                try ThrottleStore.prune(before: now - .seconds(86_400), in: tx)
                try SignUpStore.prune(expiredBefore: now, in: tx)
                try VerificationStore.prune(expiredBefore: now - kept, in: tx)
                try PasswordResetStore.prune(expiredBefore: now - kept, in: tx)
                let forgotten = try Audit.prune(
                    before: now - context.settings.auditKept, limit: rowsPerRound, in: tx)
                // A login that is long over: showing one of its used tokens then betrays nothing that still counts.
                let ended = try SessionStore.prune(endedBefore: now - kept, limit: rowsPerRound, in: tx)
                return max(forgotten, ended)
            }
            return removed == rowsPerRound ? .more : .idle
        }
    }
}
