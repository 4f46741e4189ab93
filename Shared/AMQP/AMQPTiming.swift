/// Every waiting time of a broker connection.
public struct AMQPTiming: Sendable {
    /// The longest wait for the TCP connection and the TLS handshake.
    public var connectTimeout: Duration
    /// The longest wait for the login.
    public var handshakeTimeout: Duration
    /// The longest any single call into the library may take before its socket is shut down.
    public var callTimeout: Duration
    /// The longest wait for the next confirm while messages are unconfirmed and the broker is not blocking.
    public var confirmTimeout: Duration
    /// The longest a message waits to be written, for example while there is no connection.
    public var publishTimeout: Duration
    /// The longest wait for what is in flight when the connection is closed on purpose.
    public var stopTimeout: Duration
    /// The interval of heartbeats, in seconds; a peer that is silent for two of them is gone.
    public var heartbeatSeconds: Int
    /// How long a consumer may hear nothing before it asks whether the broker still counts it among the queue's readers.
    public var subscriptionCheck: Duration
    /// How often a session looks after its connection when nothing happens.
    public var loopPeriod: Duration
    /// The upper bound of the first wait before a new attempt to connect.
    public var reconnectBase: Duration
    /// The upper bound of every wait before a new attempt to connect.
    public var reconnectMaximum: Duration
    /// How long a lost connection does not yet count as unready.
    public var readinessGrace: Duration
    /// How long written data may stay unacknowledged by the peer's kernel.
    public var userTimeout: Duration
    /// The keepalive probes of an idle line: idle seconds, interval seconds, number.
    public var keepalive: (idleSeconds: Int, intervalSeconds: Int, probes: Int)

    /// Describes all waiting times.
    public init(
        connectTimeout: Duration, handshakeTimeout: Duration, callTimeout: Duration, confirmTimeout: Duration,
        publishTimeout: Duration, stopTimeout: Duration, heartbeatSeconds: Int, subscriptionCheck: Duration,
        loopPeriod: Duration,
        reconnectBase: Duration, reconnectMaximum: Duration, readinessGrace: Duration, userTimeout: Duration,
        keepalive: (idleSeconds: Int, intervalSeconds: Int, probes: Int)
    ) {
        precondition(heartbeatSeconds > 0, "a connection without heartbeats never notices a dead peer")
        self.connectTimeout = connectTimeout
        self.handshakeTimeout = handshakeTimeout
        self.callTimeout = callTimeout
        self.confirmTimeout = confirmTimeout
        self.publishTimeout = publishTimeout
        self.stopTimeout = stopTimeout
        self.heartbeatSeconds = heartbeatSeconds
        self.subscriptionCheck = subscriptionCheck
        self.loopPeriod = loopPeriod
        self.reconnectBase = reconnectBase
        self.reconnectMaximum = reconnectMaximum
        self.readinessGrace = readinessGrace
        self.userTimeout = userTimeout
        self.keepalive = keepalive
    }

    /// The values for running services.
    public static let production = AMQPTiming(
        connectTimeout: .seconds(5), handshakeTimeout: .seconds(10), callTimeout: .seconds(10),
        confirmTimeout: .seconds(10), publishTimeout: .seconds(30), stopTimeout: .seconds(5),
        heartbeatSeconds: 20, subscriptionCheck: .seconds(10),
        loopPeriod: .seconds(1), reconnectBase: .milliseconds(250), reconnectMaximum: .seconds(30),
        readinessGrace: .seconds(15), userTimeout: .seconds(30),
        keepalive: (idleSeconds: 30, intervalSeconds: 10, probes: 3))
}
