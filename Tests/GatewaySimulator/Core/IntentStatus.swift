/// Where a payment or setup intent stands.
enum IntentStatus: String, Sendable, Codable {
    case requiresPaymentMethod = "requires_payment_method"
    case requiresConfirmation = "requires_confirmation"
    case requiresAction = "requires_action"
    case requiresCapture = "requires_capture"
    case succeeded
    case canceled
}
