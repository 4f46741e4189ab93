public import Primitives

/// Where one try at the gateway stands.
///
/// `unknown` is a state of its own: the request may have arrived, and nobody has told us what became of it. Only
/// `declined` may be followed by another attempt of the same payment, because only then it is certain that no money came.
public enum AttemptState: Hashable, Sendable {
    /// Waits for a person's release: it is older than what may be charged unasked.
    case held
    /// May be sent, not before a moment.
    case ready(notBefore: Instant)
    /// Sent by the holder of the lease.
    case inFlight(AttemptLease)
    /// The payer has to confirm at the gateway, until a moment.
    case requiresAction(until: Instant)
    /// Sent, and no usable answer came; the number of look-ups so far and when the next one is due.
    case unknown(lookUps: Int, next: Instant)
    /// Only a person can tell what happened.
    case needsReview(reason: String)
    /// The money was taken.
    case succeeded(reference: String)
    /// The bank refused.
    case declined(Decline)
    /// Never sent, or certainly without effect.
    case cancelled(reason: String)

    /// Whether the attempt keeps its payables leased.
    public var isOpen: Bool {
        switch self {
        case .held, .ready, .inFlight, .requiresAction, .unknown, .needsReview: true
        case .succeeded, .declined, .cancelled: false
        }
    }

    /// Whether a person's own payment may take its place: nothing has been sent yet.
    public var isReplaceable: Bool {
        switch self {
        case .held, .ready: true
        case .inFlight, .requiresAction, .unknown, .needsReview, .succeeded, .declined, .cancelled: false
        }
    }
}

/// Who sends an attempt, and until when nobody else may take it for lost.
public struct AttemptLease: Hashable, Sendable {
    /// Proves who holds it; an answer under another token changes nothing.
    public let token: RawID
    /// Afterwards the attempt counts as unknown.
    public let until: Instant

    /// A lease of a sender.
    public init(token: RawID, until: Instant) {
        self.token = token
        self.until = until
    }
}
