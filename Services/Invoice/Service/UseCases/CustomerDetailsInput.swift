import HTTPServer
import Primitives

/// What a sender says about a customer's contacts, addresses and terms; null empties a field.
struct CustomerDetailsInput: Sendable {
    /// What a request does to a field that can be emptied.
    private enum Change<Value: Sendable>: Sendable {
        case keep
        case replace(Value?)

        func apply(to value: inout Value?) {
            if case .replace(let new) = self { value = new }
        }
    }

    private let contacts: [CustomerContact]?
    private let billingAddress: Change<PostalAddress>
    private let shippingAddress: Change<PostalAddress>
    private let zone: Change<Zone>
    private let paymentTermsDays: Change<Int>
    private let template: Change<TemplateID>
    private let isArchived: Bool?

    private static let contactCountMaximum = 20
    private static let paymentTermsMaximum: Int64 = 365

    /// Reads the body; problems are collected in the reader.
    init(_ fields: FieldReader) {
        func change<Value>(_ name: String, _ value: Value?) -> Change<Value> {
            fields.contains(name) ? .replace(value) : .keep
        }
        contacts = fields.objects("contacts", count: 0...Self.contactCountMaximum)?
            .compactMap { Self.contact($0) }
        billingAddress = change("billing_address", fields.object("billing_address").flatMap(Self.address))
        shippingAddress = change("shipping_address", fields.object("shipping_address").flatMap(Self.address))
        zone = change("zone", fields.parsed("zone", "a time zone such as Europe/Berlin") { Zone($0) })
        paymentTermsDays = change(
            "payment_terms_days",
            fields.integer("payment_terms_days", in: 0...Self.paymentTermsMaximum).map { Int($0) })
        template = change("template_id", fields.id("template_id", of: Kind.Template.self))
        isArchived = fields.bool("archived")
    }

    /// Takes over what was given.
    func apply(to customer: inout Customer, at now: Instant) {
        let before = customer.details
        customer.details.contacts = contacts ?? before.contacts
        billingAddress.apply(to: &customer.details.billingAddress)
        shippingAddress.apply(to: &customer.details.shippingAddress)
        zone.apply(to: &customer.details.zone)
        paymentTermsDays.apply(to: &customer.details.paymentTermsDays)
        template.apply(to: &customer.details.templateID)
        if let isArchived { customer.details.archivedAt = isArchived ? before.archivedAt ?? now : nil }
    }

    /// The lines that documents show, where the address was given in parts.
    var addressText: String? {
        guard case .replace(let address?) = billingAddress else { return nil }
        return address.text
    }

    private static func contact(_ item: FieldReader) -> CustomerContact? {
        let name = item.require("name", item.string("name", minimumLength: 1, maximumLength: 200))
        let email = item.require(
            "email", item.parsed("email", "an e-mail address") { CustomerInput.email($0) })
        let role =
            item.contains("role") ? item.choice("role", CustomerContact.Role.self) : .billing
        let receives = item.bool("receives_invoices")
        guard let name, let email, let role else { return nil }
        return CustomerContact(
            name: name, email: email, role: role, receivesInvoices: receives ?? (role == .billing))
    }

    private static func address(_ item: FieldReader) -> PostalAddress? {
        PostalAddress(
            line1: item.string("line1", maximumLength: 200), line2: item.string("line2", maximumLength: 200),
            city: item.string("city", maximumLength: 100), region: item.string("region", maximumLength: 100),
            postalCode: item.string("postal_code", maximumLength: 20),
            country: item.parsed("country", "two capital letters such as DE") {
                Self.isCountry($0) ? $0 : nil
            })
    }

    private static func isCountry(_ text: String) -> Bool {
        text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }
}
