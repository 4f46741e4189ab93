/// What is known after a call to the gateway.
///
/// Nothing is ever guessed: what is not known is `lost`.
public enum GatewayOutcome: Hashable, Sendable {
    /// The money was taken; the gateway's reference.
    case charged(reference: String)
    /// The bank refused; no money was taken.
    case refused(Decline, reference: String?)
    /// The payer has to confirm at the gateway.
    case needsAction(reference: String)
    /// The gateway says that it did nothing; the same key may be used again.
    case notExecuted(NotExecuted, retryAfter: Duration?)
    /// The gateway cannot make sense of the request: a fault of ours that a person has to look at.
    case rejected(code: String)
    /// A request with the same key is being worked on at this moment.
    case keyInUse
    /// The request may have arrived and no usable answer came.
    case lost(reason: String)

    /// Why the gateway did nothing.
    public enum NotExecuted: String, Hashable, Sendable {
        /// The request never left: no address, no connection, no TLS.
        case notSent = "not_sent"
        /// Too many requests.
        case rateLimited = "rate_limited"
        /// Our credentials were refused.
        case credentials
    }
}
