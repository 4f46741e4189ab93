import NotificationDomain

/// How mails are sent.
struct CourierSettings: Sendable {
    /// How many mails one round takes and sends side by side.
    var batch: Int
    /// How long a courier may hold mails before others take them.
    var lease: Duration
    /// How often to look for due mails without a signal.
    var pause: Duration
    /// When to try again.
    var policy: DeliveryPolicy
}
