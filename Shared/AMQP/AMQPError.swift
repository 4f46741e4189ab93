/// What went wrong between this process and the broker.
public struct AMQPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, by what a caller may do about it.
    public enum Code: Sendable, Equatable {
        /// No connection could be made: address, time-out, TLS.
        case connectionFailed
        /// The broker refused the login or the virtual host.
        case loginRefused
        /// An established connection ended.
        case connectionLost
        /// The broker closed the channel with this reply code, for example 404 or 406.
        case channelClosed(Int)
        /// The broker closed the connection with this reply code.
        case connectionClosed(Int)
        /// The broker ended the subscription, for example because the queue was deleted.
        case consumerCancelled
        /// A call did not come back in time and its socket was shut down.
        case callTimedOut
        /// Published messages were not confirmed in time.
        case confirmTimedOut
        /// The peer broke the protocol.
        case protocolViolation
        /// This publisher or consumer has been stopped.
        case stopped
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, for the log.
    public let message: String

    /// Describes a failure.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The kind and the message.
    public var description: String { "\(code): \(message)" }

    /// Whether the broker answered that the thing does not exist.
    public var isNotFound: Bool { code == .channelClosed(404) }
}
