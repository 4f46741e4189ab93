import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody who is logged in wants the mail with the proof of the address once more.
struct ResendVerification: Sendable {
    static let alreadyVerified = Problem.conflict(
        "already_verified", "The address of this account is proven already")

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        to id: AccountID, cause: EventCause,
        respond: @escaping @Sendable (borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let now = cause.clockTime
        let (rule, outbox) = (context.settings.verificationsPerAccount, context.service.outbox)
        let refusal = try await context.service.pool.transaction { tx in
            try ThrottleStore.count(rule, subject: "\(id)", at: now, in: tx)
        }
        if let refusal { throw refusal }
        let requestVerification = RequestVerification(context: context)
        return try await context.service.pool.transaction { tx in
            guard let account = try AccountStore.find(id, in: tx), let email = EmailAddress(account.email)
            else { throw Problem.unauthenticated }
            guard account.verifiedAt == nil else { throw Self.alreadyVerified }
            let mail = try requestVerification(
                of: email, for: id, name: account.name, language: account.language,
                isChange: false, cause: cause, in: tx)
            try outbox.write(mail, in: tx)
            return try respond(tx)
        }
    }
}
