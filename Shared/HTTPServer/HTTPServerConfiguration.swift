/// Where a server listens and what it allows; every limit is a choice of the one who composes the service.
public struct HTTPServerConfiguration: Sendable {
    /// The numeric address to listen on, IPv4 or IPv6.
    public var address: String
    /// The port; zero takes a free one.
    public var port: Int
    /// How many threads read and write sockets; handlers do not run on them.
    public var threadCount: Int
    /// How many connections may be open.
    public var connectionLimit: Int
    /// How many of them may come from one address; zero means any number, as behind a proxy.
    public var connectionLimitPerAddress: Int
    /// How many requests may be in handlers at once; the next one is answered 503.
    public var requestLimit: Int
    /// The largest body in bytes; a larger one is answered 413.
    public var bodyLimit: Int
    /// How many bytes of bodies may be held for all requests together; above it a request is answered 503.
    public var bufferedBodiesLimit: Int
    /// The memory of a connection for its request line and headers.
    public var headerLimit: Int
    /// How long a client may take to send a request, from its first line to the end of its body.
    public var readDeadline: Duration
    /// How long a connection may wait for its next request; longer than the proxy in front keeps it.
    public var idleDeadline: Duration
    /// How long a handler may take until the request is answered 503 and the handler is cancelled.
    public var handlerDeadline: Duration
    /// How long a stopping server waits for requests in flight.
    public var drainDeadline: Duration

    /// The limits that suit a service behind a proxy on a small machine.
    public static func behindProxy(address: String = "127.0.0.1", port: Int) -> HTTPServerConfiguration {
        HTTPServerConfiguration(
            address: address, port: port, threadCount: 2, connectionLimit: 2_000,
            connectionLimitPerAddress: 0,
            requestLimit: 1_000, bodyLimit: 1 << 20, bufferedBodiesLimit: 64 << 20, headerLimit: 32 << 10,
            readDeadline: .seconds(15), idleDeadline: .seconds(75), handlerDeadline: .seconds(30),
            drainDeadline: .seconds(10))
    }
}
