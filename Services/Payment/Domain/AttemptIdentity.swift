public import Primitives

/// Which attempt is which: a pure function of payment and number, so that no attempt can exist twice.
public enum AttemptIdentity {
    /// The one id that an attempt of a payment can have.
    public static func id(of payment: PaymentID, number: Int) -> AttemptID {
        AttemptID(.v5(namespace: payment.raw, name: String(number).utf8))
    }

    /// The key under which the gateway does it once.
    public static func idempotencyKey(of payment: PaymentID, number: Int) -> String { "\(payment)-\(number)" }
}
