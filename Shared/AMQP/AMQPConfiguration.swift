public import Primitives

/// How to reach the broker and how long to wait for it.
public struct AMQPConfiguration: Sendable {
    /// How the connection is encrypted.
    public struct TLS: Sendable {
        /// The file with the certificates of the authorities that are trusted, in PEM.
        public var caFile: String
        /// Whether the certificate must name the host; only a tunnel to a foreign name is a reason for false.
        public var verifyHostname: Bool

        /// Describes the encryption.
        public init(caFile: String, verifyHostname: Bool) {
            self.caFile = caFile
            self.verifyHostname = verifyHostname
        }
    }

    /// The broker's host.
    public var host: String
    /// The broker's port.
    public var port: Int
    /// The virtual host.
    public var virtualHost: String
    /// The user.
    public var user: String
    /// The user's password.
    public var password: Secret<String>
    /// The encryption; nil for a connection in the clear.
    public var tls: TLS?
    /// The name that the broker shows for this connection.
    public var connectionName: String
    /// The service that publishes, shown in each message.
    public var appID: String
    /// Every time-out.
    public var timing: AMQPTiming
    /// Every bound.
    public var limits: AMQPLimits

    /// Describes a connection.
    public init(
        host: String, port: Int, virtualHost: String, user: String, password: Secret<String>, tls: TLS?,
        connectionName: String, appID: String, timing: AMQPTiming, limits: AMQPLimits
    ) {
        self.host = host
        self.port = port
        self.virtualHost = virtualHost
        self.user = user
        self.password = password
        self.tls = tls
        self.connectionName = connectionName
        self.appID = appID
        self.timing = timing
        self.limits = limits
    }

    /// The same connection under another name.
    public func named(_ name: String) -> AMQPConfiguration {
        var copy = self
        copy.connectionName = name
        return copy
    }
}
