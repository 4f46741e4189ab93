public import Primitives

/// The mail server that takes a service's mail.
public struct SMTPConfiguration: Sendable {
    /// How the connection is protected.
    public enum Security: String, Sendable, CaseIterable {
        /// Plain text, for a server on the same machine.
        case none
        /// Plain text until STARTTLS; a server that does not offer it is refused.
        case startTLS = "starttls"
        /// TLS from the first byte.
        case tls
    }

    /// Who the client is.
    public struct Credentials: Sendable {
        /// The user name.
        public let user: String
        /// The password.
        public let password: Secret<String>

        /// Takes both from settings.
        ///
        /// - Parameters:
        ///   - user: The user name.
        ///   - password: The password.
        public init(user: String, password: Secret<String>) {
            self.user = user
            self.password = password
        }
    }

    /// The server's name or address.
    public let host: String
    /// The server's port.
    public let port: Int
    /// How the connection is protected.
    public let security: Security
    /// Who the client is; nil for a server that takes mail from anybody it can see.
    public let credentials: Credentials?
    /// A file with the certificates to trust; nil takes the system's.
    public let certificateFile: String?
    /// The name that the client greets with.
    public let clientName: String
    /// The most mails under way at once, one connection each.
    public let maximumConnections: Int
    /// The most mails that wait for a connection.
    public let maximumWaiting: Int
    /// From the start of connecting to the end of the TLS handshake.
    public let connectTimeout: Duration
    /// From `send` to the server's last reply.
    public let totalTimeout: Duration

    /// States all settings.
    ///
    /// - Parameters:
    ///   - host: The server.
    ///   - port: Its port.
    ///   - security: How the connection is protected.
    ///   - credentials: Who the client is.
    ///   - certificateFile: Trusted certificates.
    ///   - clientName: The name in `EHLO`.
    ///   - maximumConnections: The most mails under way.
    ///   - maximumWaiting: The most mails that wait.
    ///   - connectTimeout: The connect time-out.
    ///   - totalTimeout: The total time-out.
    public init(
        host: String, port: Int, security: Security, credentials: Credentials?, certificateFile: String?,
        clientName: String, maximumConnections: Int, maximumWaiting: Int, connectTimeout: Duration,
        totalTimeout: Duration
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.credentials = credentials
        self.certificateFile = certificateFile
        self.clientName = clientName
        self.maximumConnections = maximumConnections
        self.maximumWaiting = maximumWaiting
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
    }
}
