public import HTTPServer
public import Primitives

/// The cookies in which a browser carries a login.
///
/// The tokens are out of reach of scripts; the CSRF token beside them is for pages to read and to repeat. All three have
/// the prefix `__Host-`, so they come over TLS (or the loopback interface, which browsers trust as much) and from this
/// very host, and none is sent with what another site causes. They live equally long: a page that finds the access token
/// ended still knows that there is a login, and refreshes it.
public struct SessionCookies: Sendable {
    /// What a browser is given.
    public struct Login: Sendable {
        let accessToken: String
        let refreshToken: Secret<String>
        let csrfToken: String
        let life: Duration

        /// States everything.
        ///
        /// - Parameters:
        ///   - accessToken: What every service accepts.
        ///   - refreshToken: What identity exchanges.
        ///   - csrfToken: What pages repeat.
        ///   - life: How long the browser keeps them unless they are replaced.
        public init(accessToken: String, refreshToken: Secret<String>, csrfToken: String, life: Duration) {
            self.accessToken = accessToken
            self.refreshToken = refreshToken
            self.csrfToken = csrfToken
            self.life = life
        }
    }

    /// The cookie with the access token.
    public static let access = SetCookie.hostPrefix + accessName
    /// The cookie with the refresh token.
    public static let refresh = SetCookie.hostPrefix + refreshName
    /// The cookie with the CSRF token, which scripts can read.
    public static let csrf = SetCookie.hostPrefix + csrfName

    private static let accessName = "duely_access"
    private static let refreshName = "duely_refresh"
    private static let csrfName = "duely_csrf"

    /// Refuses what other sites make a browser send.
    public let csrfGuard: CSRFGuard

    /// Cookies of the pages at an address.
    ///
    /// - Parameter publicURL: Where people reach the product, without a slash at the end.
    public init(publicURL: String) {
        let origin = Self.origin(of: publicURL)
        csrfGuard = CSRFGuard(sessionCookies: [Self.access, Self.refresh], tokenCookie: Self.csrf) {
            $0 == origin
        }
    }

    /// Whether cookies are what a request shows who it is from by: a header goes before them.
    ///
    /// - Parameter request: The request.
    /// - Returns: Whether its answer may change the cookies.
    public func areCredential(of request: HTTPRequest) -> Bool {
        request.headers["authorization"] == nil
            && [Self.access, Self.refresh].contains { request.cookie($0) != nil }
    }

    /// The cookies of a login.
    ///
    /// - Parameter login: What they hold.
    /// - Returns: All of them.
    public func set(_ login: Login) -> [SetCookie] {
        Self.cookies(
            access: login.accessToken, refresh: login.refreshToken.reveal(), csrf: login.csrfToken,
            life: login.life)
    }

    /// What makes a browser forget a login.
    public var removed: [SetCookie] { Self.cookies(access: "", refresh: "", csrf: "", life: .zero) }

    private static func cookies(access: String, refresh: String, csrf: String, life: Duration) -> [SetCookie]
    {
        func cookie(_ name: String, _ value: String, readableByScripts: Bool) -> SetCookie {
            SetCookie(
                host: name, value: value, maximumAge: life, sameSite: .strict,
                readableByScripts: readableByScripts)
        }
        return [
            cookie(accessName, access, readableByScripts: false),
            cookie(refreshName, refresh, readableByScripts: false),
            cookie(csrfName, csrf, readableByScripts: true),
        ]
    }

    /// Scheme, host and port, as browsers write them: in lower case and without the port that the scheme has anyway.
    private static func origin(of url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return url }
        let end = url[mark.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        let origin = url[..<end].lowercased()
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")]
        where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
            return String(origin.dropLast(port.count))
        }
        return origin
    }
}

extension HTTPResponse {
    /// The same answer with cookies to set.
    ///
    /// - Parameter cookies: The cookies.
    /// - Returns: The answer.
    public func setting(_ cookies: [SetCookie]) -> HTTPResponse {
        cookies.reduce(self) { $0.setting($1) }
    }
}

extension Problem {
    /// The same problem with cookies to set.
    ///
    /// - Parameter cookies: The cookies.
    /// - Returns: The problem.
    public func setting(_ cookies: [SetCookie]) -> Problem {
        var all = headers
        for cookie in cookies { all.add("Set-Cookie", cookie.headerValue) }
        return Problem(
            status: status, code: code, title: title, detail: detail, errors: errors, headers: all)
    }
}
