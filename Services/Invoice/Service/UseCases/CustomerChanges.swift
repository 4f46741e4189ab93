import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// What a use case did to a customer, and the events that tell it.
struct CustomerChange: Sendable {
    let customer: Customer
    let events: [OutgoingEvent]
}

/// Adds a customer.
struct CreateCustomer: Sendable {
    let organizationID: OrganizationID
    let name: String
    let input: CustomerInput
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> CustomerChange {
        var customer = Customer(
            id: CustomerID.new(at: now), organizationID: organizationID, name: name, at: now)
        customer.email = input.email
        customer.currency = input.currency
        customer.language = input.language
        customer.address = input.address ?? input.details.addressText
        customer.externalID = input.externalID
        customer.metadata = input.metadata
        customer.taxStatus = input.taxStatus ?? .taxable
        customer.taxIDs = input.taxIDs ?? []
        input.details.apply(to: &customer, at: now)
        try TemplateStore.require(customer.details.templateID, of: organizationID, in: tx)
        try CustomerStore.insert(customer, in: tx)
        return CustomerChange(customer: customer, events: try CustomerEvents(cause: cause).created(customer))
    }
}

/// Changes a customer: what is given replaces what was, the rest stays.
struct UpdateCustomer: Sendable {
    let id: CustomerID
    let organizationID: OrganizationID
    let input: CustomerInput
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> CustomerChange {
        guard var customer = try CustomerStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        let before = customer
        customer.name = input.name ?? customer.name
        customer.email = input.email ?? customer.email
        customer.currency = input.currency ?? customer.currency
        customer.language = input.language ?? customer.language
        customer.address = input.address ?? input.details.addressText ?? customer.address
        customer.externalID = input.externalID ?? customer.externalID
        customer.metadata = input.metadata ?? customer.metadata
        customer.taxStatus = input.taxStatus ?? customer.taxStatus
        customer.taxIDs = input.taxIDs ?? customer.taxIDs
        input.details.apply(to: &customer, at: now)
        if customer.details.templateID != before.details.templateID {
            try TemplateStore.require(customer.details.templateID, of: organizationID, in: tx)
        }
        customer.updatedAt = now
        customer.sequence += 1
        let events = CustomerEvents(cause: cause)
        var published = [try events.updated(customer)]
        if (before.name, before.email, before.address, before.language)
            != (customer.name, customer.email, customer.address, customer.language)
        {
            customer.personVersion += 1
            published.append(try events.person(customer))
        }
        try CustomerStore.update(customer, in: tx)
        if customer.details != before.details { try customer.details.write(of: id, in: tx) }
        return CustomerChange(customer: customer, events: published)
    }
}
