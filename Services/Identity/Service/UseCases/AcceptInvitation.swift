import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody accepts an invitation, with an account they have or with one that is made now.
struct AcceptInvitation: Sendable {
    enum Acceptor: Sendable {
        /// Logged in.
        case existing(AccountID)
        /// New: the name may be missing when the invitation has one.
        case new(name: String?, password: String)
    }

    static let accountExists = Problem.conflict(
        "account_exists", "There is an account with this address", "Log in and accept the invitation with it."
    )

    static let wrongAccount = Problem(
        status: 403, code: "wrong_account", title: "This invitation is for another address",
        detail: "Log in with the account of the address that the invitation was sent to.")

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ secret: String, by acceptor: Acceptor, from origin: RequestOrigin, cause: EventCause,
        respond: @escaping @Sendable (AccountID, borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let invitation = try await ReadInvitation(context: context)(secret).invitation
        let hash = SecretToken.hash(of: secret)
        let now = cause.clockTime
        let (accountID, person) = try await prepare(acceptor, invitation, at: now)
        let register = RegisterAccount(context: context)
        return try await context.service.pool.transaction { tx in
            guard let locked = try InvitationStore.find(hash: hash, isLocking: true, in: tx) else {
                throw Problem.notFound
            }
            if let person {
                try Self.check(locked, by: nil, at: now)
                guard try register(person, id: accountID, cause: cause, in: tx) else {
                    throw Self.accountExists
                }
                try Audit.record(.signedUp, account: accountID, from: origin, at: now, in: tx)
            } else {
                if try Self.check(locked, by: accountID, at: now) == .repeated {
                    return try respond(accountID, tx)
                }
                try Self.checkAddress(of: accountID, locked, in: tx)
            }
            try self.take(locked, by: accountID, cause: cause, in: tx)
            try Audit.record(
                .invitationAccepted, account: accountID, organization: locked.organizationID,
                about: [.id(locked.id)], from: origin, at: now, in: tx)
            return try respond(accountID, tx)
        }
    }

    /// Checks everything that can be checked before a password is hashed.
    private func prepare(_ acceptor: Acceptor, _ invitation: StoredInvitation, at now: Instant) async throws
        -> (AccountID, RegisterAccount.Person?)
    {
        switch acceptor {
        case .existing(let id): return (id, nil)
        case .new(let name, let password):
            try Self.check(invitation, by: nil, at: now)
            guard let email = EmailAddress(invitation.email) else { throw Problem.notFound }
            try PasswordProblems.check(password, email: email)
            guard let name = name ?? invitation.name else {
                throw Problem.invalid([
                    FieldError(field: "name", code: "required", message: "This field is required.")
                ])
            }
            let passwordHash = try await context.hash(password)
            return (
                .new(at: now),
                RegisterAccount.Person(email: email, name: name, language: nil, passwordHash: passwordHash)
            )
        }
    }

    private func take(
        _ invitation: StoredInvitation, by accountID: AccountID, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws {
        let now = cause.clockTime
        let organization = invitation.organizationID
        try InvitationStore.accept(invitation.id, by: accountID, at: now, in: transaction)
        var events = [
            try OutgoingEvent(
                InvitationAccepted(
                    invitationID: invitation.id, organizationID: organization, accountID: accountID,
                    customerID: invitation.purpose.customerID, role: invitation.purpose.role?.rawValue),
                subject: invitation.id, tenant: organization, sequence: 1, cause: cause)
        ]
        if case .member(let role) = invitation.purpose {
            let membership = Membership(organizationID: organization, role: role, since: now)
            if try AccountStore.insertMembership(membership, of: accountID, in: transaction) {
                let sequence = try OrganizationStore.nextSequence(of: organization, in: transaction)
                events.append(
                    try OutgoingEvent(
                        MemberChanged(
                            organizationID: organization, accountID: accountID, role: role.rawValue),
                        subject: organization, tenant: organization, sequence: sequence, cause: cause))
            }
        }
        try context.service.outbox.write(events, in: transaction)
    }

    /// An invitation is for one person: a link that was passed on opens nothing for an account of another address.
    private static func checkAddress(
        of account: AccountID, _ invitation: StoredInvitation, in transaction: borrowing Transaction
    ) throws {
        guard let stored = try AccountStore.find(account, in: transaction),
            EmailAddress(stored.email)?.key == invitation.emailKey
        else { throw wrongAccount }
    }

    @discardableResult
    private static func check(_ invitation: StoredInvitation, by account: AccountID?, at now: Instant) throws
        -> Invitation.Acceptance
    {
        do throws(Invitation.Violation) {
            return try invitation.rule.acceptance(by: account, now: now)
        } catch {
            throw Problem(error)
        }
    }
}
