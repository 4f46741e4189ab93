public import Primitives

/// A customer without name and address.
public struct CustomerFacts: Codable, Hashable, Sendable {
    /// The customer.
    public var customerID: CustomerID
    /// The organization.
    public var organizationID: OrganizationID
    /// Of invoices that name none.
    public var currency: Currency?
    /// The client's account, once linked.
    public var accountID: AccountID?

    /// Says it.
    public init(
        customerID: CustomerID, organizationID: OrganizationID, currency: Currency? = nil,
        accountID: AccountID? = nil
    ) {
        self.customerID = customerID
        self.organizationID = organizationID
        self.currency = currency
        self.accountID = accountID
    }
}

/// A sender has a new customer.
public struct CustomerCreated: EventPayload {
    /// `customer.created.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("customer.created.v1", of: "invoice")

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// A customer has changed.
public struct CustomerUpdated: EventPayload {
    /// `customer.updated.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("customer.updated.v1", of: "invoice")

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// A customer is now the account of a client.
public struct CustomerLinked: EventPayload {
    /// `customer.linked.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor(
        "customer.linked.v1", of: "invoice", mustReach: ["payment.invoice"])

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// A customer as they are, for projections that start or were lost.
public struct CustomerSnapshotTaken: EventPayload {
    /// `customer.snapshot.v1` on `invoice.snapshots`.
    public static let descriptor = EventDescriptor("customer.snapshot.v1", of: "invoice", on: .snapshots)

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// The name, address or language of a customer, as they are now.
public struct CustomerPersonChanged: EventPayload {
    /// `customer.person_changed.v1` on `invoice.private`.
    public static let descriptor = EventDescriptor("customer.person_changed.v1", of: "invoice", on: .private)

    /// The customer.
    public var customerID: CustomerID
    /// The organization.
    public var organizationID: OrganizationID
    /// Rises with each change; older ones are passed over.
    public var version: Int64
    /// As it is written on documents.
    public var name: String
    /// Where mails go.
    public var email: String?
    /// The postal address, in lines.
    public var address: String?
    /// A BCP 47 tag.
    public var language: String?

    /// Says it.
    public init(
        customerID: CustomerID, organizationID: OrganizationID, version: Int64, name: String,
        email: String? = nil, address: String? = nil, language: String? = nil
    ) {
        self.customerID = customerID
        self.organizationID = organizationID
        self.version = version
        self.name = name
        self.email = email
        self.address = address
        self.language = language
    }
}
