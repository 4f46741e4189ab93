import Primitives

extension GatewayState {
    mutating func createSetupIntent(_ form: FormBody, _ context: CallContext) throws(GatewayError)
        -> SetupIntent
    {
        if let customer = form["customer"] { _ = try activeCustomer(customer) }
        let method: PaymentMethod? =
            if let id = form["payment_method"] { try resolveMethod(id, context) } else { nil }
        let usage = form["usage"] ?? "off_session"
        guard ["off_session", "on_session"].contains(usage) else {
            throw .invalid("usage", "The usage must be off_session or on_session.")
        }
        let id = GatewayState.newID("seti")
        let intent = SetupIntent(
            id: id, clientSecret: GatewayState.newID(id + "_secret"), customer: form["customer"],
            paymentMethod: method?.id,
            status: method == nil ? .requiresPaymentMethod : .requiresConfirmation, usage: usage,
            metadata: try GatewayState.metadata(form), returnURL: form["return_url"],
            created: context.now.seconds)
        setupIntents.insert(intent, id: id)
        record("setup_intent.created", intent.json(authenticationURL: authenticationURL), context)
        return form.flag("confirm") ? try confirmSetupIntent(id, form, context) : intent
    }

    func setupIntent(_ id: String) throws(GatewayError) -> SetupIntent {
        guard let intent = setupIntents[id] else { throw .missing("setupintent", id) }
        return intent
    }

    mutating func confirmSetupIntent(
        _ id: String, _ form: FormBody, _ context: CallContext
    ) throws(GatewayError) -> SetupIntent {
        var intent = try setupIntent(id)
        guard [.requiresPaymentMethod, .requiresConfirmation, .requiresAction].contains(intent.status) else {
            throw GatewayState.unexpectedState("setup_intent", intent.status)
        }
        if let name = form["payment_method"] { intent.paymentMethod = try resolveMethod(name, context).id }
        guard let methodID = intent.paymentMethod else { throw .required("payment_method") }
        let method = try paymentMethod(methodID)
        if let returnURL = form["return_url"] { intent.returnURL = returnURL }
        if !method.isSetUp, needsAuthentication(method) {
            intent.status = .requiresAction
            setupIntents.update(id) { $0 = intent }
            record("setup_intent.requires_action", intent.json(authenticationURL: authenticationURL), context)
            return intent
        }
        return try finishSetup(intent, method, context)
    }

    /// Saves the card, the holder having confirmed where that was needed.
    mutating func finishSetup(
        _ started: SetupIntent, _ method: PaymentMethod, _ context: CallContext
    ) throws(GatewayError) -> SetupIntent {
        var intent = started
        do throws(GatewayError) {
            if let decline = decline(of: method, isCharge: false) { throw decline.error }
            if let customer = intent.customer { try link(method, to: customer) }
        } catch {
            var failure = error
            intent.status = .requiresPaymentMethod
            intent.paymentMethod = nil
            intent.lastError = error
            setupIntents.update(intent.id) { $0 = intent }
            failure.setupIntent = intent.json(authenticationURL: authenticationURL)
            record("setup_intent.setup_failed", intent.json(authenticationURL: authenticationURL), context)
            throw failure
        }
        methods.update(method.id) { $0.isSetUp = true }
        intent.status = .succeeded
        intent.lastError = nil
        setupIntents.update(intent.id) { $0 = intent }
        record("setup_intent.succeeded", intent.json(authenticationURL: authenticationURL), context)
        return intent
    }

    mutating func cancelSetupIntent(_ id: String, _ context: CallContext) throws(GatewayError) -> SetupIntent
    {
        var intent = try setupIntent(id)
        guard intent.status != .succeeded, intent.status != .canceled else {
            throw GatewayState.unexpectedState("setup_intent", intent.status)
        }
        intent.status = .canceled
        setupIntents.update(id) { $0 = intent }
        record("setup_intent.canceled", intent.json(authenticationURL: authenticationURL), context)
        return intent
    }

    static func unexpectedState(_ object: String, _ status: IntentStatus) -> GatewayError {
        GatewayError(
            status: 400, kind: .invalidRequest, code: "\(object)_unexpected_state",
            message: "This \(object) cannot do that because it has a status of \(status.rawValue).")
    }

    /// Whether the holder has to confirm a charge of this method now.
    func needsAuthentication(_ method: PaymentMethod) -> Bool {
        switch method.card.behaviour {
        case .needsAuthenticationAlways: true
        case .needsAuthenticationUnlessSetUp: !method.isSetUp
        case .succeeds, .declines, .declinesOnceSaved, .disputes: false
        }
    }
}
