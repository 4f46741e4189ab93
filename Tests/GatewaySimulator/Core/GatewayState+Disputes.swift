import Primitives

/// What holders object to at their banks.
extension GatewayState {
    /// The bank takes a captured payment back, or decides about it.
    ///
    /// - Returns: The dispute.
    mutating func dispute(_ id: String, status: String, _ context: CallContext) throws(GatewayError)
        -> [UInt8]
    {
        var intent = try paymentIntent(id)
        guard let index = intent.charges.lastIndex(where: { $0.isSuccessful && $0.isCaptured }) else {
            throw GatewayState.unexpectedState("payment_intent", intent.status)
        }
        let isNew = intent.charges[index].dispute == nil
        let dispute = intent.charges[index].dispute ?? GatewayState.newID("dp")
        intent.charges[index].dispute = dispute
        intents.update(id) { $0 = intent }
        let json = disputeJSON(dispute, intent.charges[index], intent, status: status)
        let isClosed = ["won", "lost", "warning_closed"].contains(status)
        let event = isClosed ? "closed" : isNew ? "created" : "updated"
        record("charge.dispute.\(event)", json, context)
        return json
    }

    func disputeJSON(_ id: String, _ charge: Charge, _ intent: PaymentIntent, status: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "dispute")
        writer.member("amount", charge.amount)
        writer.member("charge", charge.id)
        writer.member("currency", intent.currency)
        writer.member("payment_intent", intent.id)
        writer.member("reason", "fraudulent")
        writer.member("status", status)
        writer.endObject()
        return writer.bytes
    }
}
