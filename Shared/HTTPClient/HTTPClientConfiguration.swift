/// How a client talks to other servers.
public struct HTTPClientConfiguration: Sendable {
    /// To which addresses a client may connect.
    public enum Destinations: Sendable {
        /// Any: for peers that operators configure.
        case any
        /// Public addresses only: for addresses that users enter, which must not reach into the operator's network.
        case publicInternet
    }

    /// The most requests under way at once; also the size of the cache of open connections.
    public let maximumTransfers: Int
    /// The most requests that wait for a free place.
    public let maximumWaiting: Int
    /// A file with the certificates to trust; nil takes the system's.
    public let certificateFile: String?
    /// Whether plain `http` is allowed.
    public let allowsPlainText: Bool
    /// To which addresses the client may connect.
    public let destinations: Destinations

    /// States all settings.
    ///
    /// - Parameters:
    ///   - maximumTransfers: The most requests under way at once.
    ///   - maximumWaiting: The most requests that wait.
    ///   - certificateFile: Trusted certificates.
    ///   - allowsPlainText: Whether `http` is allowed.
    ///   - destinations: To which addresses the client may connect.
    public init(
        maximumTransfers: Int, maximumWaiting: Int, certificateFile: String?, allowsPlainText: Bool,
        destinations: Destinations
    ) {
        precondition(maximumTransfers > 0 && maximumWaiting >= 0)
        self.maximumTransfers = maximumTransfers
        self.maximumWaiting = maximumWaiting
        self.certificateFile = certificateFile
        self.allowsPlainText = allowsPlainText
        self.destinations = destinations
    }
}
