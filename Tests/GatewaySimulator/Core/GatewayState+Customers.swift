import Primitives

extension GatewayState {
    mutating func createCustomer(_ form: FormBody, _ context: CallContext) throws(GatewayError) -> Customer {
        let customer = Customer(
            id: GatewayState.newID("cus"), email: form["email"], name: form["name"],
            metadata: try GatewayState.metadata(form), created: context.now.seconds)
        customers.insert(customer, id: customer.id)
        record("customer.created", customer.json, context)
        return customer
    }

    func customer(_ id: String) throws(GatewayError) -> Customer {
        guard let customer = customers[id] else { throw .missing("customer", id) }
        return customer
    }

    /// A customer that can still be used.
    func activeCustomer(_ id: String) throws(GatewayError) -> Customer {
        let found = try customer(id)
        guard !found.isDeleted else { throw .missing("customer", id) }
        return found
    }

    mutating func updateCustomer(
        _ id: String, _ form: FormBody, _ context: CallContext
    ) throws(GatewayError) -> Customer {
        var customer = try activeCustomer(id)
        if form.has("email") { customer.email = form["email"] }
        if form.has("name") { customer.name = form["name"] }
        if let method = form["invoice_settings[default_payment_method]"] {
            guard methods[method]?.customer == id else { throw .missing("payment_method", method) }
            customer.defaultPaymentMethod = method
        }
        for (name, value) in try GatewayState.metadata(form) {
            customer.metadata[name] = value.isEmpty ? nil : value
        }
        customers.update(id) { $0 = customer }
        record("customer.updated", customer.json, context)
        return customer
    }

    mutating func deleteCustomer(_ id: String, _ context: CallContext) throws(GatewayError) -> Customer {
        var customer = try activeCustomer(id)
        for method in customer.methods { detach(method) }
        customer.methods = []
        customer.isDeleted = true
        customers.update(id) { $0 = customer }
        record("customer.deleted", customer.json, context)
        return customer
    }

    mutating func detach(_ method: String) {
        methods.update(method) {
            $0.customer = nil
            $0.isSpent = true
        }
    }
}
