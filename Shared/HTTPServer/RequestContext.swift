public import Observability

/// A kind of value that middleware attaches to a request, such as who is asking.
public protocol RequestKey {
    /// The type of the value.
    associatedtype Value: Sendable
}

/// What belongs to one request beside its bytes: identity, trace, log, and what middleware found out.
public struct RequestContext: Sendable {
    /// Names the request in logs and answers; the client's own when it sent a usable one.
    public let requestID: String
    /// The span of this request.
    public let trace: TraceContext
    /// Carries `request_id` and `trace_id` on every line.
    public let log: Log
    /// The template of the matched route, `unmatched` without one.
    public let route: String
    /// The address of the client, taken from X-Forwarded-For when trusted proxies sent it.
    public let clientAddress: String
    private var attached: [ObjectIdentifier: any Sendable] = [:]

    init(requestID: String, trace: TraceContext, log: Log, route: String, clientAddress: String) {
        self.requestID = requestID
        self.trace = trace
        self.log = log
        self.route = route
        self.clientAddress = clientAddress
    }

    /// The value that middleware attached under this key.
    public subscript<Key: RequestKey>(key: Key.Type) -> Key.Value? {
        get { attached[ObjectIdentifier(key)] as? Key.Value }
        set { attached[ObjectIdentifier(key)] = newValue }
    }
}
