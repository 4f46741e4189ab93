/// Refuses requests that another site made a browser send.
///
/// It looks at requests that change something and carry the session cookie without an Authorization header: a browser
/// adds cookies by itself, so a cookie alone does not show that the person meant it. Such a request needs an Origin of
/// this service and the token of the CSRF cookie repeated in `X-CSRF-Token`, which only a page of this origin can read.
public struct CSRFGuard: Middleware {
    /// The header in which pages repeat the token.
    public static let headerName = "X-CSRF-Token"

    private let sessionCookie: String
    private let tokenCookie: String
    private let isOwnOrigin: @Sendable (String) -> Bool

    /// Creates the guard.
    ///
    /// - Parameters:
    ///   - sessionCookie: The cookie that authenticates, prefix included.
    ///   - tokenCookie: The cookie that holds the token and that pages can read, prefix included.
    ///   - isOwnOrigin: Whether `https://host[:port]` is an origin of this service's pages.
    public init(
        sessionCookie: String, tokenCookie: String, isOwnOrigin: @escaping @Sendable (String) -> Bool
    ) {
        self.sessionCookie = sessionCookie
        self.tokenCookie = tokenCookie
        self.isOwnOrigin = isOwnOrigin
    }

    /// Passes the request on or refuses it with 403.
    public func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        guard !request.method.isSafe, request.headers["authorization"] == nil,
            request.cookie(sessionCookie) != nil
        else { return try await next(request) }
        if let site = request.headers["sec-fetch-site"], site == "cross-site" {
            throw Self.refused("wrong_origin", "Another site sent this request.")
        }
        guard let origin = Self.origin(of: request), isOwnOrigin(origin) else {
            throw Self.refused("wrong_origin", "The Origin header is missing or names another site.")
        }
        guard let token = request.cookie(tokenCookie), !token.isEmpty,
            let repeated = request.headers[Self.headerName], Self.equal(token, repeated)
        else {
            throw Self.refused(
                "csrf_token_mismatch", "The \(Self.headerName) header does not match the cookie.")
        }
        return try await next(request)
    }

    /// The Origin header, or the origin of the Referer where a browser sends only that.
    private static func origin(of request: HTTPRequest) -> String? {
        if let origin = request.headers["origin"] { return origin }
        guard let referer = request.headers["referer"], let mark = referer.firstRange(of: "://") else {
            return nil
        }
        let end = referer[mark.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? referer.endIndex
        return String(referer[..<end])
    }

    /// Compares in a time that does not depend on where the texts differ.
    private static func equal(_ left: String, _ right: String) -> Bool {
        let (one, two) = (Array(left.utf8), Array(right.utf8))
        guard one.count == two.count else { return false }
        return zip(one, two).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func refused(_ code: String, _ detail: String) -> Problem {
        Problem(status: 403, code: code, title: "The request does not come from our pages", detail: detail)
    }
}
