/// Why a request has no answer, and what is known about its delivery.
///
/// The difference decides about money: a request that was not sent may be made again as a new one; after an unknown
/// outcome only the same request with the same idempotency key may be repeated.
public enum HTTPClientError: Error, Sendable, Equatable {
    /// Not a single byte of the request left this process.
    case notSent(Failure)
    /// At least one byte was sent and no complete answer was read: the peer may have acted on it.
    case outcomeUnknown(Failure)

    /// What happened.
    public struct Failure: Sendable, Equatable {
        /// The class of the failure.
        public let reason: Reason
        /// A sentence for the log; never part of a decision.
        public let detail: String
    }

    /// The class of a failure.
    public enum Reason: String, Sendable, CaseIterable {
        /// The address, a header or the method cannot be sent as it is.
        case invalidRequest = "invalid_request"
        /// The host name has no address.
        case nameResolution = "name_resolution"
        /// No connection: refused, unreachable.
        case connect
        /// The host's addresses are not ones that this client may talk to.
        case forbiddenAddress = "forbidden_address"
        /// The handshake failed or the certificate is not trusted.
        case tls
        /// The connect or the total time-out passed.
        case timeout
        /// The calling task was cancelled.
        case cancelled
        /// The connection ended before the answer did.
        case connectionLost = "connection_lost"
        /// What came back is not an HTTP answer.
        case malformedResponse = "malformed_response"
        /// The answer is longer than the request allowed.
        case responseTooLarge = "response_too_large"
        /// Too many requests wait in this client.
        case overloaded
        /// The client was stopped.
        case stopped
        /// Anything else the library reports.
        case other
    }

    /// What happened, whatever is known about delivery.
    public var failure: Failure {
        switch self {
        case .notSent(let failure), .outcomeUnknown(let failure): failure
        }
    }
}

extension HTTPClientError: CustomStringConvertible {
    /// One line for the log.
    public var description: String {
        switch self {
        case .notSent(let failure): "not sent (\(failure.reason.rawValue)): \(failure.detail)"
        case .outcomeUnknown(let failure): "outcome unknown (\(failure.reason.rawValue)): \(failure.detail)"
        }
    }
}
