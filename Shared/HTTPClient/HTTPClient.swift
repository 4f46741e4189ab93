/// Talks HTTP/1.1 to other servers: one thread, hundreds of requests under way, connections kept open and reused.
///
/// Redirects are not followed, proxies of the environment are ignored, certificates are checked.
///
/// - Important: When a kept connection dies before the first byte of an answer, the request is repeated once on a new
///   one. A `POST` whose effect must happen once carries an idempotency key.
public final class HTTPClient: Sendable {
    /// Names a request that was started with `start`.
    public struct RequestID: Sendable, Hashable {
        fileprivate let value: UInt64
    }

    private let configuration: HTTPClientConfiguration
    private let loop: TransferLoop

    /// Starts the client's thread.
    ///
    /// - Parameter configuration: How it talks to other servers.
    public init(configuration: HTTPClientConfiguration) {
        self.configuration = configuration
        loop = TransferLoop(
            maximumTransfers: configuration.maximumTransfers, maximumWaiting: configuration.maximumWaiting)
        loop.run(name: "http-client")
    }

    deinit { loop.stop() }

    /// Sends a request and waits for the whole answer.
    ///
    /// Cancelling the task ends the request: as `.notSent(.cancelled)` if nothing had been sent.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, whatever its status.
    /// - Throws: `HTTPClientError`, which says what is known about delivery.
    public func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
        if Task.isCancelled {
            throw .notSent(HTTPClientError.Failure(reason: .cancelled, detail: "cancelled before sending"))
        }
        let id = loop.newID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<ClientResponse, HTTPClientError>, Never>) in
                begin(id, request) { continuation.resume(returning: $0) }
                // A cancellation that came before the start found nothing to cancel.
                if Task.isCancelled { loop.cancel(id: id) }
            }
        } onCancel: {
            loop.cancel(id: id)
        }
        return try result.get()
    }

    /// Sends a request without a task of its own: the cheapest way when many are under way.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - completion: Called exactly once, usually on the client's thread: it must return at once.
    /// - Returns: The name to cancel it by.
    @discardableResult
    public func start(
        _ request: ClientRequest,
        completion: @escaping @Sendable (Result<ClientResponse, HTTPClientError>) -> Void
    ) -> RequestID {
        let id = loop.newID()
        begin(id, request, completion)
        return RequestID(value: id)
    }

    /// Ends a request that was started; does nothing when it has ended.
    ///
    /// - Parameter id: Its name.
    public func cancel(_ id: RequestID) { loop.cancel(id: id.value) }

    /// Ends every request as `.stopped` and then the thread; requests made later end the same way.
    public func stop() { loop.stop() }

    private func begin(
        _ id: UInt64, _ request: ClientRequest,
        _ completion: @escaping @Sendable (Result<ClientResponse, HTTPClientError>) -> Void
    ) {
        if let invalidity = request.invalidity {
            let failure = HTTPClientError.Failure(reason: .invalidRequest, detail: invalidity)
            return completion(.failure(.notSent(failure)))
        }
        loop.start(
            id: id,
            exchange: HTTPExchange(request: request, configuration: configuration, completion: completion))
    }
}
