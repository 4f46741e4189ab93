import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A sender signs up: an account, its organization, and the ownership of one by the other.
struct SignUp: Sendable {
    struct Command: Sendable {
        let email: EmailAddress
        let password: String
        let name: String
        let language: String?
        let organization: Organization
        let origin: RequestOrigin
    }

    struct Organization: Sendable {
        let name: String
        let currency: Currency
        let zone: Zone
        let invoicePrefix: InvoicePrefix?
        let domain: DomainName?
        let address: String?
    }

    /// What exists afterwards.
    struct Outcome: Sendable {
        let accountID: AccountID
        let organizationID: OrganizationID
    }

    static let payLinkDays = 30

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ command: Command, cause: EventCause,
        respond: @escaping @Sendable (Outcome, borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let now = cause.clockTime
        let (rule, outbox) = (context.settings.signUpsPerAddress, context.service.outbox)
        let refusal = try await context.service.pool.transaction { tx in
            try ThrottleStore.count(rule, subject: command.origin.address, at: now, in: tx)
        }
        if let refusal { throw refusal }
        let passwordHash = try await context.hash(command.password)
        let outcome = Outcome(accountID: .new(at: now), organizationID: .new(at: now))
        let organization = Self.organization(command, id: outcome.organizationID)
        let person = RegisterAccount.Person(
            email: command.email, name: command.name, language: command.language, passwordHash: passwordHash)
        let register = RegisterAccount(context: context)
        return try await context.service.pool.transaction { tx in
            try register(person, id: outcome.accountID, isProven: false, cause: cause, in: tx)
            try OrganizationStore.insert(organization, sequence: 2, at: now, in: tx)
            let owner = Membership(organizationID: outcome.organizationID, role: .owner, since: now)
            _ = try AccountStore.insertMembership(owner, of: outcome.accountID, in: tx)
            try Audit.record(
                .signedUp, account: outcome.accountID, organization: outcome.organizationID,
                from: command.origin, at: now, in: tx)
            try outbox.write(try Self.events(organization, owner: outcome.accountID, cause: cause), in: tx)
            return try respond(outcome, tx)
        }
    }

    private static func organization(_ command: Command, id: OrganizationID) -> StoredOrganization {
        let asked = command.organization
        let prefix = asked.invoicePrefix ?? InvoicePrefix(derivedFrom: asked.name)
        return StoredOrganization(
            facts: OrganizationFacts(
                organizationID: id, currency: asked.currency, zone: asked.zone, invoicePrefix: prefix.text,
                domain: nil,
                payLinkDays: payLinkDays, payLinkOneTime: false),
            name: asked.name, email: command.email.text, address: asked.address, taxID: nil,
            accentColor: nil,
            claimedDomain: asked.domain?.text)
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
