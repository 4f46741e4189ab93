/// A request as a handler sees it: framing checked, target decoded, route matched, body complete.
public struct HTTPRequest: Sendable {
    /// The method.
    public let method: HTTPMethod
    /// The path as it was sent, still percent-encoded; it may hold a token, so it does not belong in a log.
    public let path: String
    /// The parameters of the query, decoded, in order.
    public let query: [(name: String, value: String)]
    /// The header fields.
    public let headers: HTTPHeaders
    /// The whole body.
    public let body: [UInt8]
    /// The address of the peer that opened the connection: behind a proxy, the proxy.
    public let peer: String
    /// The parameters of the route's template, decoded.
    public internal(set) var parameters: PathParameters
    /// What belongs to this request but was not sent as such.
    public var context: RequestContext

    /// The first value of a query parameter.
    public func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// All values of a query parameter.
    public func queryValues(_ name: String) -> [String] {
        query.filter { $0.name == name }.map(\.value)
    }

    /// The first cookie of that name.
    public func cookie(_ name: String) -> String? {
        Cookies.value(of: name, in: headers)
    }
}

/// The parameters that a route's template took from the path.
public struct PathParameters: Sendable {
    private let values: [(name: String, value: String)]

    init(_ values: [(name: String, value: String)] = []) {
        self.values = values
    }

    /// The values, in the order of the template.
    public var texts: [String] { values.map(\.value) }

    /// The value of a parameter of the template; a name that the template does not have is a programmer's error.
    public subscript(name: String) -> String {
        guard let value = value(of: name) else {
            preconditionFailure("the route has no parameter {\(name)}")
        }
        return value
    }

    /// The value of a parameter that the template may have; for what stands around all routes.
    public func value(of name: String) -> String? { values.first { $0.name == name }?.value }
}
