import EventContracts
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// An attempt to sign up was proven by its link: the account begins, its organization, and the ownership of one by
/// the other.
struct FinishSignUp: Sendable {
    static let payLinkDays = 30

    let context: IdentityContext

    /// Carries it out in the caller's transaction, which has locked the attempts for the address: all of them end.
    ///
    /// - Returns: False when the address has got an account meanwhile.
    func callAsFunction(
        _ signUp: StoredSignUp, hash: [UInt8], from origin: RequestOrigin, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws -> Bool {
        let (now, account, id) = (cause.clockTime, signUp.accountID, signUp.organizationID)
        let person = RegisterAccount.Person(
            email: signUp.email, name: signUp.name, language: signUp.language,
            passwordHash: signUp.passwordHash)
        let isNew = try RegisterAccount(context: context)(person, id: account, cause: cause, in: transaction)
        guard isNew else { return false }
        let organization = Self.organization(signUp)
        try OrganizationStore.insert(organization, sequence: 2, at: now, in: transaction)
        let owner = Membership(organizationID: id, role: .owner, since: now)
        _ = try AccountStore.insertMembership(owner, of: account, in: transaction)
        // A second click finds the link used.
        try VerificationStore.insert(
            hash: hash, account: account, emailKey: signUp.email.key, newEmail: nil,
            expiresAt: signUp.expiresAt, at: now, in: transaction)
        try VerificationStore.markUsed(hash: hash, at: now, in: transaction)
        for kind in [Audit.Kind.signedUp, .emailVerified] {
            try Audit.record(
                kind, account: account, organization: id, from: origin, at: now, in: transaction)
        }
        let events = try Self.events(organization, owner: account, cause: cause)
        try context.service.outbox.write(events, in: transaction)
        return true
    }

    private static func organization(_ signUp: StoredSignUp) -> StoredOrganization {
        let asked = signUp.organization
        return StoredOrganization(
            facts: OrganizationFacts(
                organizationID: signUp.organizationID, currency: asked.currency, zone: asked.zone,
                invoicePrefix: asked.invoicePrefix, domain: nil, payLinkDays: payLinkDays,
                payLinkOneTime: false, isTest: asked.isTest ? true : nil),
            name: asked.name, email: signUp.email.text, address: asked.address, taxID: nil,
            accentColor: nil, claimedDomain: asked.domain)
    }

    private static func events(_ organization: StoredOrganization, owner: AccountID, cause: EventCause) throws
        -> [OutgoingEvent]
    {
        let id = organization.facts.organizationID
        return [
            try OutgoingEvent(
                OrganizationCreated(organization: organization.facts), subject: id, tenant: id, sequence: 1,
                cause: cause),
            try Particulars(cause: cause).of(organization),
            try OutgoingEvent(
                MemberChanged(organizationID: id, accountID: owner, role: Role.owner.rawValue), subject: id,
                tenant: id, sequence: 2, cause: cause),
        ]
    }
}
