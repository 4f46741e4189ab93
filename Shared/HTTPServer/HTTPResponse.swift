/// What a handler answers.
public struct HTTPResponse: Sendable {
    /// The status code.
    public var status: Int
    /// The header fields; length, date and connection are the server's business.
    public var headers: HTTPHeaders
    /// The whole body, unless it is a stream.
    public var body: [UInt8]
    /// A body that comes piece by piece.
    public var stream: BodyStream?

    /// An answer of any kind.
    public init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON answer.
    public static func json(_ status: Int, _ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: bytes)
    }

    /// An answer whose body is made while it is sent.
    public static func stream(_ contentType: String, _ stream: BodyStream) -> HTTPResponse {
        var response = HTTPResponse(status: 200, headers: ["Content-Type": contentType])
        response.stream = stream
        return response
    }

    /// Closes the connection without any answer, as nginx does for its status of the same number.
    public static let noAnswer = HTTPResponse(status: 444)

    /// An answer without a body.
    public static func empty(_ status: Int = 204) -> HTTPResponse {
        HTTPResponse(status: status)
    }

    /// A plain text answer.
    public static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }

    /// A page.
    public static func html(_ status: Int, _ page: String) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "text/html; charset=utf-8"], body: Array(page.utf8))
    }

    /// Sends a browser elsewhere.
    public static func redirect(_ status: Int = 303, to location: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Location": location])
    }

    /// A problem as RFC 9457 writes it.
    public static func problem(_ problem: Problem) -> HTTPResponse {
        var headers = problem.headers
        headers.set("Content-Type", "application/problem+json")
        return HTTPResponse(status: problem.status, headers: headers, body: problem.json(requestID: nil))
    }

    /// The same answer with a header field.
    public func with(_ name: String, _ value: String) -> HTTPResponse {
        var response = self
        response.headers.set(name, value)
        return response
    }
}
