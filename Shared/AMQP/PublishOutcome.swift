/// What is known about a published message.
public enum PublishOutcome: Sendable, Equatable {
    /// Every queue it was routed to has it on disk.
    case confirmed
    /// The broker refused it, for example because a queue is full.
    case nacked
    /// No queue takes it; the broker dropped it.
    case unroutable
    /// It may or may not have arrived.
    case unknown(reason: String)
}
