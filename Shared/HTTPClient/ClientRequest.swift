/// A request to another server.
public struct ClientRequest: Sendable {
    /// How long to wait and how much to read.
    public struct Limits: Sendable {
        /// From the start of connecting to the end of the TLS handshake.
        public let connect: Duration
        /// From `send` to the last byte of the answer, waiting for a free connection included.
        public let total: Duration
        /// The longest body that is read.
        public let responseBytes: Int

        /// States all three; there are no defaults, because each peer has its own.
        ///
        /// - Parameters:
        ///   - connect: The connect time-out.
        ///   - total: The total time-out.
        ///   - responseBytes: The longest body.
        public init(connect: Duration, total: Duration, responseBytes: Int) {
            precondition(connect > .zero && total > .zero && responseBytes >= 0)
            self.connect = connect
            self.total = total
            self.responseBytes = responseBytes
        }
    }

    /// The method, such as `POST`.
    public let method: String
    /// The absolute address, already percent-encoded.
    public let url: String
    /// The header fields, in order.
    public let headers: [(name: String, value: String)]
    /// The body; empty for none.
    public let body: [UInt8]
    /// The limits.
    public let limits: Limits

    /// Describes a request.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - url: The absolute address, percent-encoded.
    ///   - headers: The header fields; nothing is added but `Host`, `Accept` and `Content-Length`.
    ///   - body: The body.
    ///   - limits: The limits.
    public init(
        method: String, url: String, headers: [(name: String, value: String)], body: [UInt8], limits: Limits
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits
    }

    /// What cannot be sent as it is; nil if all is well.
    ///
    /// A line break in a header would be a header of somebody else.
    var invalidity: String? {
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else { return "bad method" }
        guard !url.isEmpty, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "bad address" }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else { return "bad header name" }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                return "bad value of header \(name)"
            }
        }
        return nil
    }

    /// The `tchar` of RFC 9110.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
