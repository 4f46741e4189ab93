import Primitives

extension GatewayState {
    mutating func createPaymentMethod(_ form: FormBody, _ context: CallContext) throws(GatewayError)
        -> PaymentMethod
    {
        guard form["type"] == "card" else { throw .invalid("type", "The type must be card.") }
        // A token of a documented card stands for its number, so that servers never see one.
        if let token = form["card[token]"] {
            let name = token.replacing("tok_", with: "pm_card_", maxReplacements: 1)
            guard let number = CardBehaviour.numberOf(methodName: name) else {
                throw .missing("token", token)
            }
            return insertMethod(
                Card(number: number, month: 12, year: 2_040), metadata: try GatewayState.metadata(form),
                context)
        }
        return insertMethod(
            try Card(form, at: context.now), metadata: try GatewayState.metadata(form), context)
    }

    private mutating func insertMethod(
        _ card: Card, metadata: [String: String], _ context: CallContext
    ) -> PaymentMethod {
        let method = PaymentMethod(
            id: GatewayState.newID("pm"), card: card, metadata: metadata, created: context.now.seconds)
        methods.insert(method, id: method.id)
        return method
    }

    func paymentMethod(_ id: String) throws(GatewayError) -> PaymentMethod {
        guard let method = methods[id] else { throw .missing("PaymentMethod", id) }
        return method
    }

    /// The method of that id, or a fresh one for a documented name as `pm_card_visa`.
    mutating func resolveMethod(_ id: String, _ context: CallContext) throws(GatewayError) -> PaymentMethod {
        guard let number = CardBehaviour.numberOf(methodName: id) else { return try paymentMethod(id) }
        return insertMethod(Card(number: number, month: 12, year: 2_040), metadata: [:], context)
    }

    /// What the bank would say to this method now, except for questions of authentication.
    func decline(of method: PaymentMethod, isCharge: Bool) -> Decline? {
        if let ordered = declines[method.id] ?? declines[method.card.fingerprint] {
            return isCharge ? ordered : nil
        }
        return switch method.card.behaviour {
        case .declines(let decline): decline
        case .declinesOnceSaved(let decline): isCharge ? decline : nil
        case .succeeds, .needsAuthenticationUnlessSetUp, .needsAuthenticationAlways, .disputes: nil
        }
    }

    mutating func attach(
        _ id: String, _ form: FormBody, _ context: CallContext
    ) throws(GatewayError) -> PaymentMethod {
        guard let customer = form["customer"] else { throw .required("customer") }
        _ = try activeCustomer(customer)
        let method = try resolveMethod(id, context)
        try link(method, to: customer)
        let attached = try paymentMethod(method.id)
        record("payment_method.attached", attached.json, context)
        return attached
    }

    /// Makes a method a customer's, after asking the bank whether the card is good.
    mutating func link(_ method: PaymentMethod, to customer: String) throws(GatewayError) {
        if method.customer == customer { return }
        guard method.customer == nil, !method.isSpent else {
            throw GatewayError(
                status: 400, kind: .invalidRequest, code: "payment_method_unexpected_state",
                message: "The payment method was already used or belongs to another customer.",
                parameter: "payment_method")
        }
        if let decline = decline(of: method, isCharge: false) { throw decline.error }
        methods.update(method.id) { $0.customer = customer }
        customers.update(customer) { $0.methods.append(method.id) }
    }

    mutating func detachPaymentMethod(_ id: String, _ context: CallContext) throws(GatewayError)
        -> PaymentMethod
    {
        let method = try paymentMethod(id)
        guard let customer = method.customer else {
            throw GatewayError(
                status: 400, kind: .invalidRequest,
                message: "The payment method is not attached to a customer.",
                parameter: "payment_method")
        }
        customers.update(customer) { owner in
            owner.methods.removeAll { $0 == id }
            if owner.defaultPaymentMethod == id { owner.defaultPaymentMethod = nil }
        }
        detach(id)
        let detached = try paymentMethod(id)
        record("payment_method.detached", detached.json, context)
        return detached
    }

    /// The methods of a customer, newest first.
    func paymentMethods(of customer: String) throws(GatewayError) -> [PaymentMethod] {
        try self.customer(customer).methods.reversed().compactMap { methods[$0] }
    }
}
