import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody changes how they are called or in which language they are written to.
struct UpdateProfile: Sendable {
    struct Command: Sendable {
        /// Nil keeps the name.
        let name: String?
        /// Nil keeps the language; a nil inside takes it away.
        let language: LanguageTag??
    }

    let context: IdentityContext

    /// Carries it out; what changes nothing is told to nobody, and `respond` stores the answer with the effect.
    func callAsFunction(
        _ command: Command, of id: AccountID, cause: EventCause,
        respond: @escaping @Sendable (StoredAccount, borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let outbox = context.service.outbox
        return try await context.service.pool.transaction { tx in
            guard let account = try AccountStore.lock(id, in: tx) else { throw Problem.unauthenticated }
            let name = command.name ?? account.name
            let language = command.language.map { $0?.text } ?? account.language
            guard name != account.name || language != account.language else {
                return try respond(account, tx)
            }
            let changed = try AccountStore.updateProfile(
                of: id, name: name, language: language, at: cause.clockTime, in: tx)
            let event = try Particulars(cause: cause).of(
                account: id, name: name, email: account.email, language: language)
            try outbox.write(event, in: tx)
            return try respond(changed ?? account, tx)
        }
    }
}
