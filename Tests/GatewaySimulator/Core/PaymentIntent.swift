import Primitives

/// One collection of an amount, with the charge that came of it.
struct PaymentIntent: Sendable, Codable {
    let id: String
    let clientSecret: String
    var amount: Int64
    let currency: String
    var customer: String?
    var paymentMethod: String?
    var status: IntentStatus
    var metadata: [String: String]
    var description: String?
    let isCapturedByHand: Bool
    var setupFutureUsage: String?
    var returnURL: String?
    /// The last confirmation was made without the holder.
    var isOffSession = false
    var amountReceived: Int64 = 0
    var amountCapturable: Int64 = 0
    var charges: [Charge] = []
    var lastError: GatewayError?
    var cancellationReason: String?
    let created: Int64

    /// The last charge, successful or not.
    var latestCharge: Charge? { charges.last }

    func json(authenticationURL: String, expandsCharge: Bool = false) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "payment_intent")
        writer.member("amount", amount)
        writer.member("amount_capturable", amountCapturable)
        writer.member("amount_received", amountReceived)
        writer.nullable("cancellation_reason", cancellationReason)
        writer.member("capture_method", isCapturedByHand ? "manual" : "automatic")
        writer.member("client_secret", clientSecret)
        writer.member("confirmation_method", "automatic")
        writer.member("created", created)
        writer.member("currency", currency)
        writer.nullable("customer", customer)
        writer.nullable("description", description)
        writer.key("last_payment_error")
        if let lastError { writer.errorObject(lastError) } else { writer.null() }
        if expandsCharge, let charge = latestCharge {
            writer.key("latest_charge")
            writer.raw(charge.json(of: self))
        } else {
            writer.nullable("latest_charge", latestCharge?.id)
        }
        writer.member("livemode", false)
        writer.metadata(metadata)
        writer.nextAction(of: id, status: status, authenticationURL: authenticationURL, returnURL: returnURL)
        writer.nullable("payment_method", paymentMethod)
        writer.nullable("setup_future_usage", setupFutureUsage)
        writer.member("status", status.rawValue)
        writer.endObject()
        return writer.bytes
    }
}
