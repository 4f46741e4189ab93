import HTTPServer

/// From where a request came, as far as it can be known: shown to the account's owner, who knows the own devices.
struct RequestOrigin: Sendable, Hashable {
    private static let longestUserAgent = 300

    let address: String
    let userAgent: String?

    init(address: String, userAgent: String?) {
        self.address = address
        self.userAgent = userAgent
    }

    init(_ request: HTTPRequest) {
        address = request.context.clientAddress
        userAgent = request.headers["user-agent"].map { String($0.prefix(Self.longestUserAgent)) }
    }
}
