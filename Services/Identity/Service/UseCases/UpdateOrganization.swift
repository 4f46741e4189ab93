import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Changes an organization: what is given replaces what was, the rest stays.
struct UpdateOrganization: Sendable {
    struct Command: Sendable {
        let name: String?
        let email: EmailAddress?
        let address: FieldChange<String>
        let taxID: FieldChange<String>
        let zone: Zone?
        let currency: Currency?
        let invoicePrefix: InvoicePrefix?
        let accentColor: FieldChange<AccentColor>
        let payLinkDays: Int?
        let payLinkOneTime: Bool?
        let domain: FieldChange<DomainName>
    }

    let context: IdentityContext

    /// Carries it out in the caller's transaction.
    ///
    /// - Returns: The organization as it is now.
    /// - Throws: `Problem` 404 when there is none.
    func callAsFunction(
        _ command: Command, of id: OrganizationID, by actor: Actor, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws -> StoredOrganization {
        guard let old = try OrganizationStore.lock(id, in: transaction) else { throw Problem.notFound }
        let new = Self.changed(old, by: command)
        guard new != old else { return old }
        try OrganizationStore.update(new, at: cause.clockTime, in: transaction)
        try Audit.record(
            .organizationChanged, by: actor, for: id, about: [.id(id)], at: cause.clockTime, in: transaction)
        var events = [try Self.event(new, cause: cause, in: transaction)]
        if new.particulars != old.particulars { events.append(try Particulars(cause: cause).of(new)) }
        try context.service.outbox.write(events, in: transaction)
        return new
    }

    /// Tells that an organization is another than before; takes the next number of its events.
    static func event(
        _ organization: StoredOrganization, cause: EventCause, in transaction: borrowing Transaction
    ) throws -> OutgoingEvent {
        let id = organization.facts.organizationID
        let sequence = try OrganizationStore.nextSequence(of: id, in: transaction)
        return try OutgoingEvent(
            OrganizationUpdated(organization: organization.facts), subject: id, tenant: id,
            sequence: sequence, cause: cause)
    }

    private static func changed(_ old: StoredOrganization, by command: Command) -> StoredOrganization {
        var new = old
        new.name = command.name ?? old.name
        new.email = command.email?.text ?? old.email
        new.address = command.address.applied(to: old.address)
        new.taxID = command.taxID.applied(to: old.taxID)
        new.accentColor = command.accentColor.applied(to: old.accentColor.flatMap { AccentColor($0) })?.text
        new.facts.zone = command.zone ?? old.facts.zone
        new.facts.currency = command.currency ?? old.facts.currency
        new.facts.invoicePrefix = command.invoicePrefix?.text ?? old.facts.invoicePrefix
        new.facts.payLinkDays = command.payLinkDays ?? old.facts.payLinkDays
        new.facts.payLinkOneTime = command.payLinkOneTime ?? old.facts.payLinkOneTime
        if case .replace(let domain) = command.domain, domain?.text != old.claimedDomain {
            // A new claim proves nothing: links lead to the platform's own domain until this one is verified.
            new.claimedDomain = domain?.text
            new.facts.domain = nil
        }
        return new
    }
}
