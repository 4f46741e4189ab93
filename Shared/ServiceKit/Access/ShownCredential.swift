import HTTPServer

/// What a request shows to say who it is from: the Authorization header, or without one the access cookie.
struct ShownCredential {
    let text: String
    /// A cookie is sent by browsers without anybody asking, so fewer things count in one.
    let isCookie: Bool

    init?(_ request: HTTPRequest, cookieName: String) {
        guard let header = request.headers["authorization"] else {
            guard let text = request.cookie(cookieName) else { return nil }
            (self.text, isCookie) = (text, true)
            return
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        (text, isCookie) = (String(parts[1]), false)
    }
}

extension Problem {
    /// A token that is there and does not count; whoever shows one that has ended can refresh it.
    static func refusedToken(isExpired: Bool) -> Problem {
        Problem(
            status: 401, code: isExpired ? "token_expired" : "invalid_token",
            title: "Authentication is needed",
            detail: isExpired ? "The access token has ended; refresh it." : "The access token is not valid.",
            headers: ["WWW-Authenticate": "Bearer error=\"invalid_token\""])
    }
}
