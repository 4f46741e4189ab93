/// Refuses requests that another site made a browser send.
///
/// It looks at requests that change something and carry a cookie of a login without an Authorization header: a browser
/// adds cookies by itself, so a cookie alone does not show that the person meant it. Such a request needs an Origin of
/// this service and the token of the CSRF cookie repeated in `X-CSRF-Token`, which only a page of this origin can read.
public struct CSRFGuard: Middleware {
    /// The header in which pages repeat the token.
    public static let headerName = "X-CSRF-Token"

    private let sessionCookies: [String]
    private let tokenCookie: String
    private let isOwnOrigin: @Sendable (String) -> Bool

    /// Creates the guard.
    ///
    /// - Parameters:
    ///   - sessionCookies: The cookies that authenticate, prefix included; any of them makes the guard look.
    ///   - tokenCookie: The cookie that holds the token and that pages can read, prefix included.
    ///   - isOwnOrigin: Whether `https://host[:port]` is an origin of this service's pages.
    public init(
        sessionCookies: [String], tokenCookie: String, isOwnOrigin: @escaping @Sendable (String) -> Bool
    ) {
        self.sessionCookies = sessionCookies
        self.tokenCookie = tokenCookie
        self.isOwnOrigin = isOwnOrigin
    }

    /// Passes the request on or refuses it with 403.
    public func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        guard !request.method.isSafe, request.headers["authorization"] == nil,
            sessionCookies.contains(where: { request.cookie($0) != nil })
        else { return try await next(request) }
        try requireOwnPage(request)
        guard let token = request.cookie(tokenCookie), !token.isEmpty,
            let repeated = request.headers[Self.headerName], Self.equal(token, repeated)
        else {
            throw Self.refused(
                "csrf_token_mismatch", "The \(Self.headerName) header does not match the cookie.")
        }
        return try await next(request)
    }

    /// Refuses a request that no page of this origin sent.
    ///
    /// A route whose answer sets cookies asks for it even when no cookie came along: otherwise another site could log
    /// its visitors in with an account of its own.
    ///
    /// - Parameter request: The request.
    /// - Throws: `Problem` 403.
    public func requireOwnPage(_ request: HTTPRequest) throws(Problem) {
        // A sibling host is another site as well, whatever the browser calls it.
        if let site = request.headers["sec-fetch-site"], site != "same-origin" {
            throw Self.refused("wrong_origin", "Another site sent this request.")
        }
        guard let origin = Self.origin(of: request), isOwnOrigin(origin) else {
            throw Self.refused("wrong_origin", "The Origin header is missing or names another site.")
        }
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
