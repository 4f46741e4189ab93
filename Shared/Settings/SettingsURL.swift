public import Primitives

/// The address of another server as a setting gives it: `scheme://user:password@host:port/path?query`.
public struct SettingsURL: Sendable {
    /// The scheme in lower case.
    public let scheme: String
    /// The user with percent-encoding undone.
    public let user: String?
    /// The password with percent-encoding undone.
    public let password: Secret<String>?
    /// The host; an IPv6 address without its brackets.
    public let host: String
    /// The port; nil means that of the scheme.
    public let port: Int?
    /// The path with its leading slash, or nothing.
    public let path: String
    /// The query without the question mark.
    public let query: String?

    static let unset = SettingsURL(
        scheme: "", user: nil, password: nil, host: "", port: nil, path: "", query: nil)

    private init(
        scheme: String, user: String?, password: Secret<String>?, host: String, port: Int?, path: String,
        query: String?
    ) {
        self.scheme = scheme
        self.user = user
        self.password = password
        self.host = host
        self.port = port
        self.path = path
        self.query = query
    }

    /// Takes an address apart; nil when it is not one.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let mark = text.firstRange(of: "://") else {
            return nil
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard !scheme.isEmpty, !text.contains("#") else { return nil }
        var rest = text[mark.upperBound...]
        var query: String?
        if let start = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: start)...])
            rest = rest[..<start]
        }
        let authorityEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = String(rest[authorityEnd...])
        var authority = rest[..<authorityEnd]
        var user: String?
        var password: Secret<String>?
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = SettingsText.percentDecoded(parts[0]) else { return nil }
            user = name
            if parts.count == 2 {
                guard let word = SettingsText.percentDecoded(parts[1]) else { return nil }
                password = Secret(word)
            }
            authority = authority[authority.index(after: at)...]
        }
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        self.init(
            scheme: scheme, user: user, password: password, host: host, port: port, path: path, query: query)
    }

    /// The address without user and password, for logs and for building request addresses.
    public var withoutCredentials: String {
        let shownHost = host.contains(":") ? "[\(host)]" : host
        let shownPort = port.map { ":\($0)" } ?? ""
        let shownQuery = query.map { "?\($0)" } ?? ""
        return "\(scheme)://\(shownHost)\(shownPort)\(path)\(shownQuery)"
    }

    private static func hostAndPort(_ authority: Substring) -> (String, Int?)? {
        var host = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { return nil }
        guard let portText else { return (String(host), nil) }
        guard let port = Int(portText), (1...65_535).contains(port) else { return nil }
        return (String(host), port)
    }
}
