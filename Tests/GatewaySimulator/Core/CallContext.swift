import Primitives

/// What every call knows beside its parameters.
struct CallContext: Sendable {
    /// The moment of the call.
    let now: Instant
    /// The idempotency key it came with.
    var idempotencyKey: String?
}
