import Primitives

/// One question to the bank and its answer.
struct Charge: Sendable, Codable {
    let id: String
    let amount: Int64
    let decline: Decline?
    var isCaptured: Bool
    var amountCaptured: Int64
    var amountRefunded: Int64 = 0
    let paymentMethod: String
    var dispute: String?
    let created: Int64

    var isSuccessful: Bool { decline == nil }

    func json(of intent: PaymentIntent) -> [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "charge")
        writer.member("amount", amount)
        writer.member("amount_captured", amountCaptured)
        writer.member("amount_refunded", amountRefunded)
        writer.member("captured", isCaptured)
        writer.member("created", created)
        writer.member("currency", intent.currency)
        writer.nullable("customer", intent.customer)
        writer.member("disputed", dispute != nil)
        writer.nullable("failure_code", decline?.code)
        writer.nullable("failure_message", decline?.message)
        writer.member("livemode", false)
        writer.metadata(intent.metadata)
        writer.key("outcome")
        writer.beginObject()
        writer.member("network_status", isSuccessful ? "approved_by_network" : "declined_by_network")
        writer.nullable("reason", decline?.declineCode)
        writer.member("type", isSuccessful ? "authorized" : "issuer_declined")
        writer.endObject()
        writer.member("paid", isSuccessful)
        writer.member("payment_intent", intent.id)
        writer.member("payment_method", paymentMethod)
        writer.member("refunded", amountRefunded > 0 && amountRefunded == amountCaptured)
        writer.member("status", isSuccessful ? "succeeded" : "failed")
        writer.endObject()
        return writer.bytes
    }
}
