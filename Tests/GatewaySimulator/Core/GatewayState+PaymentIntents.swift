import Primitives

extension GatewayState {
    mutating func createPaymentIntent(
        _ form: FormBody, _ context: CallContext
    ) throws(GatewayError) -> PaymentIntent {
        let confirms = form.flag("confirm")
        guard confirms || !form.flag("off_session") else {
            throw .invalid("off_session", "off_session can only be given together with confirm.")
        }
        let (amount, currency) = try GatewayState.amount(form)
        if let customer = form["customer"] { _ = try activeCustomer(customer) }
        let method: PaymentMethod? =
            if let id = form["payment_method"] { try resolveMethod(id, context) } else { nil }
        if confirms, method == nil { throw .required("payment_method") }
        let id = GatewayState.newID("pi")
        let intent = PaymentIntent(
            id: id, clientSecret: GatewayState.newID(id + "_secret"), amount: amount, currency: currency,
            customer: form["customer"], paymentMethod: method?.id,
            status: method == nil ? .requiresPaymentMethod : .requiresConfirmation,
            metadata: try GatewayState.metadata(form), description: form["description"],
            isCapturedByHand: form["capture_method"] == "manual",
            setupFutureUsage: form["setup_future_usage"],
            returnURL: form["return_url"], created: context.now.seconds)
        if let method { try check(method, for: intent) }
        insert(intent)
        record("payment_intent.created", json(intent), context)
        return confirms ? try confirmPaymentIntent(id, form, context) : intent
    }

    private static func amount(_ form: FormBody) throws(GatewayError) -> (Int64, String) {
        guard let text = form["amount"] else { throw .required("amount") }
        guard let amount = Int64(text), amount >= 1 else {
            throw GatewayError(
                status: 400, kind: .invalidRequest, code: "parameter_invalid_integer",
                message: "Invalid positive integer", parameter: "amount")
        }
        guard amount <= 99_999_999 else {
            throw GatewayError(
                status: 400, kind: .invalidRequest, code: "amount_too_large",
                message: "Amount must be no more than 999,999.99", parameter: "amount")
        }
        guard let code = form["currency"] else { throw .required("currency") }
        guard let currency = Currency(code: code.uppercased()) else {
            throw .invalid("currency", "Invalid currency: \(code).")
        }
        return (amount, currency.code.lowercased())
    }

    private mutating func insert(_ intent: PaymentIntent) {
        for (name, value) in intent.metadata {
            intentsByMetadata["\(name)=\(value)", default: []].append(intent.id)
        }
        guard let evicted = intents.insert(intent, id: intent.id) else { return }
        for charge in evicted.charges { intentByCharge[charge.id] = nil }
        for (name, value) in evicted.metadata {
            intentsByMetadata["\(name)=\(value)"]?.removeAll { $0 == evicted.id }
            if intentsByMetadata["\(name)=\(value)"]?.isEmpty == true {
                intentsByMetadata["\(name)=\(value)"] = nil
            }
        }
    }

    /// Takes over the intents of an earlier run, with the indexes over them.
    mutating func restore(_ earlier: BoundedTable<PaymentIntent>) {
        for id in earlier.ids {
            guard let intent = earlier[id] else { continue }
            insert(intent)
            for charge in intent.charges { intentByCharge[charge.id] = id }
        }
    }

    func json(_ intent: PaymentIntent, expandsCharge: Bool = false) -> [UInt8] {
        intent.json(authenticationURL: authenticationURL, expandsCharge: expandsCharge)
    }

    func paymentIntent(_ id: String) throws(GatewayError) -> PaymentIntent {
        guard let intent = intents[id] else { throw .missing("payment_intent", id) }
        return intent
    }

    /// A method can be charged when it belongs to the same customer, or to nobody and was never used.
    private func check(_ method: PaymentMethod, for intent: PaymentIntent) throws(GatewayError) {
        if let owner = method.customer {
            guard owner == intent.customer else {
                throw GatewayError(
                    status: 400, kind: .invalidRequest, code: "payment_method_unexpected_state",
                    message: "The payment method belongs to a customer; give that customer as well.",
                    parameter: "payment_method")
            }
        } else if method.isSpent {
            throw GatewayError(
                status: 400, kind: .invalidRequest, code: "payment_method_unexpected_state",
                message:
                    "The payment method was used without being attached, or was detached, and cannot be used again.",
                parameter: "payment_method")
        }
    }

    mutating func confirmPaymentIntent(
        _ id: String, _ form: FormBody, _ context: CallContext
    ) throws(GatewayError) -> PaymentIntent {
        var intent = try paymentIntent(id)
        guard [.requiresPaymentMethod, .requiresConfirmation, .requiresAction].contains(intent.status) else {
            throw GatewayState.unexpectedState("payment_intent", intent.status)
        }
        if let name = form["payment_method"] { intent.paymentMethod = try resolveMethod(name, context).id }
        guard let methodID = intent.paymentMethod else { throw .required("payment_method") }
        let method = try paymentMethod(methodID)
        try check(method, for: intent)
        if let returnURL = form["return_url"] { intent.returnURL = returnURL }
        intent.isOffSession = form.flag("off_session")
        if needsAuthentication(method) {
            guard !intent.isOffSession, !form.flag("error_on_requires_action") else {
                return try fail(intent, method, .authenticationRequired, context)
            }
            intent.status = .requiresAction
            intents.update(id) { $0 = intent }
            record("payment_intent.requires_action", json(intent), context)
            return intent
        }
        return try charge(intent, method, context)
    }

    /// Asks the bank and keeps its answer.
    mutating func charge(
        _ confirmed: PaymentIntent, _ method: PaymentMethod, _ context: CallContext
    ) throws(GatewayError) -> PaymentIntent {
        if let decline = decline(of: method, isCharge: true) {
            return try fail(confirmed, method, decline, context)
        }
        var intent = confirmed
        if intent.setupFutureUsage != nil, let customer = intent.customer, method.customer == nil {
            try link(method, to: customer)
            methods.update(method.id) { $0.isSetUp = true }
        } else if method.customer == nil {
            methods.update(method.id) { $0.isSpent = true }
        }
        let isCaptured = !intent.isCapturedByHand
        let charge = Charge(
            id: GatewayState.newID("ch"), amount: intent.amount, decline: nil, isCaptured: isCaptured,
            amountCaptured: isCaptured ? intent.amount : 0, paymentMethod: method.id,
            dispute: method.card.behaviour == .disputes ? GatewayState.newID("dp") : nil,
            created: context.now.seconds)
        intent.charges.append(charge)
        intent.lastError = nil
        intent.status = isCaptured ? .succeeded : .requiresCapture
        intent.amountReceived = isCaptured ? intent.amount : 0
        intent.amountCapturable = isCaptured ? 0 : intent.amount
        intents.update(intent.id) { $0 = intent }
        intentByCharge[charge.id] = intent.id
        record("charge.succeeded", charge.json(of: intent), context)
        guard isCaptured else {
            record("payment_intent.amount_capturable_updated", json(intent), context)
            return intent
        }
        ledger.capture(intent, charge, context)
        record("payment_intent.succeeded", json(intent), context)
        if let dispute = charge.dispute {
            record(
                "charge.dispute.created", disputeJSON(dispute, charge, intent, status: "needs_response"),
                context)
        }
        return intent
    }

    /// Keeps a decline and reports it together with the intent, as the API does.
    private mutating func fail(
        _ confirmed: PaymentIntent, _ method: PaymentMethod, _ decline: Decline, _ context: CallContext
    ) throws(GatewayError) -> PaymentIntent {
        var intent = confirmed
        var error = decline.error
        let charge = Charge(
            id: GatewayState.newID("ch"), amount: intent.amount, decline: decline, isCaptured: false,
            amountCaptured: 0, paymentMethod: method.id, created: context.now.seconds)
        intent.charges.append(charge)
        intent.status = .requiresPaymentMethod
        intent.paymentMethod = nil
        intent.lastError = error
        intents.update(intent.id) { $0 = intent }
        intentByCharge[charge.id] = intent.id
        ledger.decline()
        record("charge.failed", charge.json(of: intent), context)
        record("payment_intent.payment_failed", json(intent), context)
        error.paymentIntent = json(intent)
        throw error
    }
}
