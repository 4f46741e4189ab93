import EventContracts
import Primitives

/// Makes the events of one customer: facts for everybody, particulars for the services that need them.
struct CustomerEvents {
    let cause: EventCause

    func created(_ customer: Customer) throws -> [OutgoingEvent] {
        [try fact(CustomerCreated(customer: facts(customer)), customer), try person(customer)]
    }

    func updated(_ customer: Customer) throws -> OutgoingEvent {
        try fact(CustomerUpdated(customer: facts(customer)), customer)
    }

    func linked(_ customer: Customer) throws -> OutgoingEvent {
        try fact(CustomerLinked(customer: facts(customer)), customer)
    }

    func snapshot(_ customer: Customer) throws -> OutgoingEvent {
        try fact(CustomerSnapshotTaken(customer: facts(customer)), customer)
    }

    func person(_ customer: Customer) throws -> OutgoingEvent {
        try OutgoingEvent(
            CustomerPersonChanged(
                customerID: customer.id, organizationID: customer.organizationID,
                version: customer.personVersion,
                name: customer.name, email: customer.email, address: customer.address,
                language: customer.language),
            subject: customer.id, tenant: customer.organizationID, sequence: nil, cause: cause)
    }

    private func fact(_ payload: some EventPayload, _ customer: Customer) throws -> OutgoingEvent {
        try OutgoingEvent(
            payload, subject: customer.id, tenant: customer.organizationID, sequence: customer.sequence,
            cause: cause)
    }

    private func facts(_ customer: Customer) -> CustomerFacts {
        CustomerFacts(
            customerID: customer.id, organizationID: customer.organizationID, currency: customer.currency,
            accountID: customer.accountID)
    }
}
