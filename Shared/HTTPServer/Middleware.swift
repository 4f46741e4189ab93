/// Answers a request.
public typealias HTTPHandler = @Sendable (HTTPRequest) async throws -> HTTPResponse

/// Does something for many routes: looks at the request, answers itself or asks the next, looks at the answer.
public protocol Middleware: Sendable {
    /// Handles the request; calls `next` at most once.
    func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse
}
