/// The proxies whose X-Forwarded-For is believed.
public struct TrustedProxies: Sendable {
    private let ranges: [IPAddressRange]

    /// Believes nobody.
    public static let none = TrustedProxies([])

    /// Believes the proxies in these ranges.
    public init(_ ranges: [IPAddressRange]) {
        self.ranges = ranges
    }

    /// The address of the client.
    ///
    /// Read from the right: every trusted proxy added the address it saw, so the first address that is no trusted
    /// proxy's is the last one that somebody trusted vouches for. What stands to the left of it anybody can write.
    func clientAddress(peer: String, headers: HTTPHeaders) -> String {
        guard !ranges.isEmpty, isTrusted(peer) else { return peer }
        var client = peer
        for entry in headers.values("x-forwarded-for").joined(separator: ",").split(separator: ",").reversed()
        {
            let text = Self.withoutPort(entry)
            guard IPAddress(text) != nil else { return client }
            client = text
            if !isTrusted(text) { return client }
        }
        return client
    }

    private func isTrusted(_ text: String) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return ranges.contains { $0.contains(address) }
    }

    /// An entry without blanks, brackets and port.
    private static func withoutPort(_ entry: Substring) -> String {
        let text = entry.filter { $0 != " " && $0 != "\t" }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        // One colon separates a port; more of them are an IPv6 address.
        if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            return String(text[..<colon])
        }
        return text
    }
}
