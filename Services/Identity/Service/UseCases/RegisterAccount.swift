import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Makes an account, whose address was proven by the way that led here, with everything that follows from it.
struct RegisterAccount: Sendable {
    struct Person: Sendable {
        let email: EmailAddress
        let name: String
        let language: String?
        let passwordHash: String
    }

    let context: IdentityContext

    /// Stores the account and its events; attempts to sign up with the address end.
    ///
    /// - Parameters:
    ///   - person: Who it is.
    ///   - id: The new account.
    ///   - cause: What led here.
    ///   - transaction: The transaction of the whole.
    /// - Returns: False when the address has an account.
    /// - Throws: What a statement failed with.
    func callAsFunction(
        _ person: Person, id: AccountID, cause: EventCause, in transaction: borrowing Transaction
    ) throws -> Bool {
        let now = cause.clockTime
        let isNew = try AccountStore.insert(
            id, email: person.email, passwordHash: person.passwordHash, name: person.name,
            language: person.language, verifiedAt: now, sequence: 2, at: now, in: transaction)
        guard isNew else { return false }
        try SignUpStore.forget(emailKey: person.email.key, in: transaction)
        try context.service.outbox.write(
            [
                try OutgoingEvent(
                    AccountRegistered(accountID: id), subject: id, tenant: nil, sequence: 1, cause: cause),
                try Particulars(cause: cause).of(
                    account: id, name: person.name, email: person.email.text, language: person.language),
                try OutgoingEvent(
                    AccountVerified(accountID: id), subject: id, tenant: nil, sequence: 2, cause: cause),
            ], in: transaction)
        return true
    }
}
