public import Primitives

/// Why an event is published: what it belongs to, what it follows from, and when the rules say it happened.
public struct EventCause: Hashable, Sendable {
    /// The same for everything that follows from one request or one timer.
    public let correlationID: RawID
    /// The event that this one follows from; nil for a request.
    public let causationID: RawID?
    /// The W3C trace context, where one is known.
    public let traceparent: String?
    /// The injected clock's "now" that the rule used.
    public let clockTime: Instant

    /// The cause of what a request or a timer does.
    public init(
        correlationID: RawID = .v7(), causationID: RawID? = nil, traceparent: String?, clockTime: Instant
    ) {
        self.correlationID = correlationID
        self.causationID = causationID
        self.traceparent = traceparent
        self.clockTime = clockTime
    }

    /// The cause of what follows from an event.
    public init(following envelope: EventEnvelope, clockTime: Instant) {
        self.init(
            correlationID: envelope.correlationID, causationID: envelope.id,
            traceparent: envelope.traceparent,
            clockTime: clockTime)
    }
}
