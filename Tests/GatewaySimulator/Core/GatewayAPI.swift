/// The routes of the gateway's API over its rules.
enum GatewayAPI {
    static func answer(_ call: Call, _ state: inout GatewayState, _ context: CallContext) -> Answer {
        do throws(GatewayError) {
            try authorize(call, state)
            return try route(call, &state, context)
        } catch {
            return Answer(error)
        }
    }

    /// A publishable key may make payment methods, and see or confirm an intent whose client secret it knows.
    private static func authorize(_ call: Call, _ state: GatewayState) throws(GatewayError) {
        guard call.isPublishable else { return }
        let parts = call.parts
        if call.method == "POST", parts == ["payment_methods"] { return }
        let opensIntent =
            parts.count == 2 && call.method == "GET" || parts.count == 3 && parts[2] == "confirm"
        if opensIntent, let secret = call.form["client_secret"] {
            let id = String(parts[1])
            if parts[0] == "payment_intents", state.intents[id]?.clientSecret == secret { return }
            if parts[0] == "setup_intents", state.setupIntents[id]?.clientSecret == secret { return }
        }
        throw GatewayError(
            status: 401, kind: .invalidRequest, code: "secret_key_required",
            message: "This API call cannot be made with a publishable API key.")
    }

    private static func route(
        _ call: Call, _ state: inout GatewayState, _ context: CallContext
    ) throws(GatewayError) -> Answer {
        switch call.parts.first {
        case "customers": try customers(call, &state, context)
        case "payment_methods": try paymentMethods(call, &state, context)
        case "setup_intents": try setupIntents(call, &state, context)
        case "payment_intents": try paymentIntents(call, &state, context)
        case "charges": try charges(call, state)
        case "refunds": try refunds(call, &state, context)
        case "events": try events(call, state)
        default: throw unknown(call)
        }
    }

    static func unknown(_ call: Call) -> GatewayError {
        GatewayError(
            status: 404, kind: .invalidRequest,
            message: "Unrecognized request URL (\(call.method): \(call.path)).")
    }

    private static func customers(
        _ call: Call, _ state: inout GatewayState, _ context: CallContext
    ) throws(GatewayError) -> Answer {
        let parts = call.parts
        let id = parts.count > 1 ? String(parts[1]) : ""
        switch (call.method, parts.count) {
        case ("POST", 1): return Answer(body: try state.createCustomer(call.form, context).json)
        case ("GET", 1):
            let email = call.form["email"]
            return page(call, state.customers, url: "/v1/customers") {
                !$0.isDeleted && (email == nil || $0.email == email)
            } json: {
                $0.json
            }
        case ("GET", 2): return Answer(body: try state.customer(id).json)
        case ("POST", 2): return Answer(body: try state.updateCustomer(id, call.form, context).json)
        case ("DELETE", 2): return Answer(body: try state.deleteCustomer(id, context).json)
        case ("GET", 3) where parts[2] == "payment_methods":
            return Answer(list: try state.paymentMethods(of: id).map(\.json), hasMore: false, url: call.path)
        default: throw unknown(call)
        }
    }

    private static func paymentMethods(
        _ call: Call, _ state: inout GatewayState, _ context: CallContext
    ) throws(GatewayError) -> Answer {
        let parts = call.parts
        let id = parts.count > 1 ? String(parts[1]) : ""
        switch (call.method, parts.count) {
        case ("POST", 1): return Answer(body: try state.createPaymentMethod(call.form, context).json)
        case ("GET", 1):
            guard let customer = call.form["customer"] else { throw .required("customer") }
            let methods = try state.paymentMethods(of: customer)
            return Answer(list: methods.map(\.json), hasMore: false, url: "/v1/payment_methods")
        case ("GET", 2): return Answer(body: try state.paymentMethod(id).json)
        case ("POST", 3) where parts[2] == "attach":
            return Answer(body: try state.attach(id, call.form, context).json)
        case ("POST", 3) where parts[2] == "detach":
            return Answer(body: try state.detachPaymentMethod(id, context).json)
        default: throw unknown(call)
        }
    }

    private static func setupIntents(
        _ call: Call, _ state: inout GatewayState, _ context: CallContext
    ) throws(GatewayError) -> Answer {
        let parts = call.parts
        let id = parts.count > 1 ? String(parts[1]) : ""
        let url = state.authenticationURL
        switch (call.method, parts.count) {
        case ("POST", 1):
            return Answer(body: try state.createSetupIntent(call.form, context).json(authenticationURL: url))
        case ("GET", 2): return Answer(body: try state.setupIntent(id).json(authenticationURL: url))
        case ("POST", 3) where parts[2] == "confirm":
            return Answer(
                body: try state.confirmSetupIntent(id, call.form, context).json(authenticationURL: url))
        case ("POST", 3) where parts[2] == "cancel":
            return Answer(body: try state.cancelSetupIntent(id, context).json(authenticationURL: url))
        default: throw unknown(call)
        }
    }
}
