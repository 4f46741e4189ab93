import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// Somebody who is logged in and knows the password chooses another; the other logins end.
struct ChangePassword: Sendable {
    struct Command: Sendable {
        let current: String
        let new: String
        let principal: Principal
        let origin: RequestOrigin
    }

    static let changedMeanwhile = Problem.conflict(
        "password_changed", "The password has been changed meanwhile", "Log in with the newer one.")

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ command: Command, cause: EventCause,
        respond: @escaping @Sendable (borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let (now, principal) = (cause.clockTime, command.principal)
        let account = try await CheckPassword(context: context)(
            command.current, field: "current_password", of: principal.accountID, from: command.origin, at: now
        )
        guard let email = EmailAddress(account.email) else { throw Problem.unauthenticated }
        try PasswordProblems.check(command.new, email: email, field: "new_password")
        let passwordHash = try await context.hash(command.new)
        let (replace, endOthers) = (ReplacePassword(context: context), EndOtherSessions(context: context))
        let notice = SendSecurityNotice(context: context)
        return try await context.service.pool.transaction { tx in
            guard let locked = try AccountStore.lock(account.id, in: tx),
                locked.passwordHash == account.passwordHash
            else { throw Self.changedMeanwhile }
            try replace(of: locked, with: passwordHash, at: now, in: tx)
            try endOthers(
                than: principal.sessionID, of: account.id, because: .passwordChanged, cause: cause, in: tx)
            try Audit.record(
                .passwordChanged, account: account.id, organization: principal.organizationID,
                from: command.origin, at: now, in: tx)
            try notice(.passwordChanged, to: account, from: command.origin, cause: cause, in: tx)
            return try respond(tx)
        }
    }
}
