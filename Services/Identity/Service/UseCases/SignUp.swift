import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A sender signs up: what was asked for is kept until the link that goes to the address is followed.
///
/// The answer, its statements and its time are the same whether the address has an account. An account begins with
/// the link and not here, so nobody can take an address beforehand that is somebody else's: each attempt has its own
/// link, and the one that is followed counts with its own password.
struct SignUp: Sendable {
    struct Command: Sendable {
        let email: EmailAddress
        let password: String
        let name: String
        let language: String?
        let organization: StoredSignUp.Organization
        let origin: RequestOrigin
    }

    /// What will exist once the link is followed; ids of nothing when the address has an account.
    struct Outcome: Sendable {
        let accountID: AccountID
        let organizationID: OrganizationID
    }

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ command: Command, cause: EventCause,
        respond: @escaping @Sendable (Outcome, borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let now = cause.clockTime
        let rule = context.settings.signUpsPerAddress
        let refusal = try await context.service.pool.transaction { tx in
            try ThrottleStore.count(rule, subject: command.origin.address, at: now, in: tx)
        }
        if let refusal { throw refusal }
        let token = SecretToken.generate(prefix: RequestVerification.secretPrefix)
        let signUp = StoredSignUp(
            accountID: .new(at: now), organizationID: .new(at: now), email: command.email,
            name: command.name, language: command.language,
            passwordHash: try await context.hash(command.password), organization: command.organization,
            expiresAt: now + context.settings.verificationLife)
        let mails = SignUpMails(context: context)
        return try await context.service.pool.transaction { tx in
            let holder = try AccountStore.find(emailKey: command.email.key, in: tx)
            // Kept for a known address as well, so that both cost the same; its secret is told to nobody.
            try SignUpStore.insert(signUp, hash: token.hash, at: now, in: tx)
            // The trail hears of it after the answer; a new address leaves the same row, which nobody looks for.
            try AddressEvent.insert(
                AddressEvent(
                    kind: .signUpRepeated, emailKey: holder?.emailKey ?? "", origin: command.origin,
                    cause: cause), in: tx)
            try mails.write(
                try mails.answer(to: signUp, token, holder: holder, cause), to: command.email.key, at: now,
                in: tx)
            return try respond(
                Outcome(accountID: signUp.accountID, organizationID: signUp.organizationID), tx)
        }
    }
}
