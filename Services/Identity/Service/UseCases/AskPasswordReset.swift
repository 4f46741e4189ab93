import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody forgot a password: what they asked for is kept, and answered before anybody looks for an account.
///
/// So neither the answer nor its time can tell whether there is one: the rows that a mail costs took measurably longer
/// than none, although the statements were the same.
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
        let event = AddressEvent(
            kind: .passwordResetAsked, emailKey: email.key, origin: origin, cause: cause)
        // Counts must be committed, so a refusal is a result and not an error.
        let outcome: Outcome = try await context.service.pool.transaction { tx in
            if let refusal = try self.count(email, origin, at: cause.clockTime, in: tx) {
                return .refused(refusal)
            }
            try AddressEvent.insert(event, in: tx)
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
}
