import EventContracts
import Messaging
import Primitives

/// The names and addresses of accounts and organizations, for the services that keep them.
///
/// The same message tells of a change and answers a request for snapshots: a reader keeps whatever is newest.
struct Particulars {
    let cause: EventCause

    func of(
        account id: AccountID, name: String, email: String, language: String?
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            PersonChanged(kind: .account, accountID: id, name: name, email: email, language: language),
            subject: id, tenant: nil, sequence: nil, cause: cause)
    }

    func of(_ organization: StoredOrganization) throws -> OutgoingEvent {
        let id = organization.facts.organizationID
        return try OutgoingEvent(
            PersonChanged(
                kind: .organization, organizationID: id, name: organization.name, email: organization.email,
                address: organization.address, accentColor: organization.accentColor,
                taxID: organization.taxID),
            subject: id, tenant: id, sequence: nil, cause: cause)
    }
}
