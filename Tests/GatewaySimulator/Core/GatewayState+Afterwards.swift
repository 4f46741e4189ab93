import Primitives

/// What happens to a payment intent after its confirmation: authentication, capture, cancellation, refund.
extension GatewayState {
    /// The holder's answer to a request for authentication, for a payment or a setup.
    mutating func authenticate(_ id: String, succeeds: Bool, _ context: CallContext) throws(GatewayError)
        -> [UInt8]
    {
        if id.hasPrefix("seti_") { return try authenticateSetup(id, succeeds: succeeds, context) }
        var intent = try paymentIntent(id)
        guard intent.status == .requiresAction, let methodID = intent.paymentMethod else {
            throw GatewayState.unexpectedState("payment_intent", intent.status)
        }
        guard !succeeds else { return json(try charge(intent, try paymentMethod(methodID), context)) }
        intent.status = .requiresPaymentMethod
        intent.paymentMethod = nil
        intent.lastError = GatewayState.authenticationFailure("payment_intent")
        intents.update(id) { $0 = intent }
        record("payment_intent.payment_failed", json(intent), context)
        return json(intent)
    }

    private mutating func authenticateSetup(
        _ id: String, succeeds: Bool, _ context: CallContext
    ) throws(GatewayError) -> [UInt8] {
        var intent = try setupIntent(id)
        guard intent.status == .requiresAction, let methodID = intent.paymentMethod else {
            throw GatewayState.unexpectedState("setup_intent", intent.status)
        }
        guard !succeeds else {
            return try finishSetup(intent, try paymentMethod(methodID), context)
                .json(authenticationURL: authenticationURL)
        }
        intent.status = .requiresPaymentMethod
        intent.paymentMethod = nil
        intent.lastError = GatewayState.authenticationFailure("setup_intent")
        setupIntents.update(id) { $0 = intent }
        record("setup_intent.setup_failed", intent.json(authenticationURL: authenticationURL), context)
        return intent.json(authenticationURL: authenticationURL)
    }

    private static func authenticationFailure(_ object: String) -> GatewayError {
        GatewayError(
            status: 402, kind: .card, code: "\(object)_authentication_failure",
            message: "The provided payment method has failed authentication.")
    }

    mutating func capturePaymentIntent(
        _ id: String, _ form: FormBody, _ context: CallContext
    ) throws(GatewayError) -> PaymentIntent {
        var intent = try paymentIntent(id)
        guard intent.status == .requiresCapture, var charge = intent.latestCharge else {
            throw GatewayState.unexpectedState("payment_intent", intent.status)
        }
        let amount = form.integer("amount_to_capture").map { Int64($0) } ?? intent.amountCapturable
        guard (1...intent.amountCapturable).contains(amount) else {
            throw .invalid("amount_to_capture", "The amount to capture is above what is authorized.")
        }
        charge.isCaptured = true
        charge.amountCaptured = amount
        intent.charges[intent.charges.count - 1] = charge
        intent.status = .succeeded
        intent.amountReceived = amount
        intent.amountCapturable = 0
        intents.update(id) { $0 = intent }
        ledger.capture(intent, charge, context)
        record("charge.captured", charge.json(of: intent), context)
        record("payment_intent.succeeded", json(intent), context)
        return intent
    }

    mutating func cancelPaymentIntent(
        _ id: String, _ form: FormBody, _ context: CallContext
    ) throws(GatewayError) -> PaymentIntent {
        var intent = try paymentIntent(id)
        guard intent.status != .succeeded, intent.status != .canceled else {
            throw GatewayState.unexpectedState("payment_intent", intent.status)
        }
        intent.status = .canceled
        intent.amountCapturable = 0
        intent.cancellationReason = form["cancellation_reason"]
        intents.update(id) { $0 = intent }
        record("payment_intent.canceled", json(intent), context)
        return intent
    }

    mutating func createRefund(_ form: FormBody, _ context: CallContext) throws(GatewayError) -> Refund {
        guard let intentID = form["payment_intent"] ?? form["charge"].flatMap({ intentByCharge[$0] }) else {
            throw .required("payment_intent")
        }
        var intent = try paymentIntent(intentID)
        guard let index = intent.charges.lastIndex(where: { $0.isSuccessful && $0.isCaptured }) else {
            throw GatewayState.unexpectedState("payment_intent", intent.status)
        }
        let remaining = intent.charges[index].amountCaptured - intent.charges[index].amountRefunded
        guard remaining > 0 else {
            throw GatewayError(
                status: 400, kind: .invalidRequest, code: "charge_already_refunded",
                message: "Charge \(intent.charges[index].id) has already been refunded.")
        }
        if form.has("amount"), form.integer("amount") == nil { throw .invalid("amount", "Invalid integer") }
        let amount = form.integer("amount").map { Int64($0) } ?? remaining
        guard amount >= 1 else { throw .invalid("amount", "Invalid positive integer") }
        guard amount <= remaining else {
            throw .invalid(
                "amount",
                "Refund amount (\(amount)) is greater than unrefunded amount on charge (\(remaining))")
        }
        let refund = Refund(
            id: GatewayState.newID("re"), charge: intent.charges[index].id, paymentIntent: intentID,
            amount: amount,
            currency: intent.currency, reason: form["reason"], metadata: try GatewayState.metadata(form),
            created: context.now.seconds)
        intent.charges[index].amountRefunded += amount
        intents.update(intentID) { $0 = intent }
        refunds.insert(refund, id: refund.id)
        ledger.refund(intentID, amount, currency: intent.currency)
        record("refund.created", refund.json, context)
        record("charge.refunded", intent.charges[index].json(of: intent), context)
        return refund
    }

    func refund(_ id: String) throws(GatewayError) -> Refund {
        guard let refund = refunds[id] else { throw .missing("refund", id) }
        return refund
    }
}
