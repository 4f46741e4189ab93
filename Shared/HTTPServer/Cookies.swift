/// Reads the Cookie header.
enum Cookies {
    /// The value of the first cookie of that name, without quotes around it.
    static func value(of name: String, in headers: HTTPHeaders) -> String? {
        for header in headers.values("cookie") {
            for pair in header.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " || $0 == "\t" }
                guard let equals = trimmed.firstIndex(of: "="), trimmed[..<equals] == name else { continue }
                var value = trimmed[trimmed.index(after: equals)...]
                while value.last == " " || value.last == "\t" { value = value.dropLast() }
                if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                    value = value.dropFirst().dropLast()
                }
                return String(value)
            }
        }
        return nil
    }
}

/// A cookie to set.
public struct SetCookie: Sendable, Hashable {
    /// When a browser sends the cookie with requests that other sites caused.
    public enum SameSite: String, Sendable {
        /// Never.
        case strict = "Strict"
        /// Only when a person follows a link.
        case lax = "Lax"
    }

    /// What the name of a cookie begins with that browsers take from this very host only, over TLS.
    public static let hostPrefix = "__Host-"

    private let text: String

    /// A cookie for the whole origin, sent over TLS only, or over the loopback interface, which browsers trust as much.
    ///
    /// The name gets the prefix `__Host-`, with which browsers refuse cookies that another host of the domain set.
    ///
    /// - Parameters:
    ///   - name: The name without the prefix.
    ///   - value: Letters, digits, `-`, `_`, `.` and the like: what a cookie may hold without quotes.
    ///   - maximumAge: How long the browser keeps it; zero removes it.
    ///   - sameSite: When it is sent with requests that other sites caused.
    ///   - readableByScripts: Whether scripts of the page can read it; false for anything that is a secret.
    public init(
        host name: String, value: String, maximumAge: Duration, sameSite: SameSite, readableByScripts: Bool
    ) {
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\",;\\".utf8.contains($0) }
        precondition(isPlain, "a cookie value needs no quotes")
        text =
            "\(Self.hostPrefix)\(name)=\(value); Path=/; Max-Age=\(maximumAge.components.seconds); Secure; SameSite=\(sameSite.rawValue)"
            + (readableByScripts ? "" : "; HttpOnly")
    }

    /// The value of the Set-Cookie header.
    public var headerValue: String {
        text
    }
}

extension HTTPResponse {
    /// The same answer with a cookie to set.
    public func setting(_ cookie: SetCookie) -> HTTPResponse {
        var response = self
        response.headers.add("Set-Cookie", cookie.headerValue)
        return response
    }
}
