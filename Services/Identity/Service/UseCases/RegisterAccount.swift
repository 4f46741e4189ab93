import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Makes an account with everything that follows from it; used by sign-up and by invitations.
struct RegisterAccount: Sendable {
    struct Person: Sendable {
        let email: EmailAddress
        let name: String
        let language: String?
        let passwordHash: String
    }

    static let emailTaken = Problem.conflict(
        "email_taken", "There is an account with this address", "Log in, or use another address.")

    let context: IdentityContext

    /// Stores the account and its events.
    ///
    /// - Parameters:
    ///   - person: Who it is.
    ///   - id: The new account.
    ///   - isProven: Whether the address was proven by the way that led here; otherwise a mail asks for the proof.
    ///   - cause: What led here.
    ///   - transaction: The transaction of the whole.
    /// - Throws: `Problem` 409 when the address has an account.
    func callAsFunction(
        _ person: Person, id: AccountID, isProven: Bool, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws {
        let now = cause.clockTime
        let isNew = try AccountStore.insert(
            id, email: person.email, passwordHash: person.passwordHash, name: person.name,
            language: person.language,
            verifiedAt: isProven ? now : nil, sequence: isProven ? 2 : 1, at: now, in: transaction)
        guard isNew else { throw Self.emailTaken }
        var events = [
            try OutgoingEvent(
                AccountRegistered(accountID: id), subject: id, tenant: nil, sequence: 1, cause: cause),
            try Particulars(cause: cause).of(
                account: id, name: person.name, email: person.email.text, language: person.language),
        ]
        if isProven {
            events.append(
                try OutgoingEvent(
                    AccountVerified(accountID: id), subject: id, tenant: nil, sequence: 2, cause: cause))
        } else {
            events.append(
                try RequestVerification(context: context)(
                    of: person.email, for: id, name: person.name, language: person.language,
                    isChange: false, cause: cause, in: transaction))
        }
        try context.service.outbox.write(events, in: transaction)
    }
}
