import Foundation

/// The RabbitMQ of this test run: the one that `DUELY_TEST_RABBITMQ` names, else one that the test process starts for
/// itself and that ends with it.
public struct RabbitMQServer: Sendable {
    /// The address it listens on.
    public let host: String
    /// The AMQP port.
    public let port: Int
    /// A user that may do everything.
    public let user: String
    /// That user's password.
    public let password: String
    /// The base address of the management API, without credentials.
    public let managementURL: String

    private static let started = Task<RabbitMQServer, any Error> {
        let environment = ProcessInfo.processInfo.environment
        if let url = environment["DUELY_TEST_RABBITMQ"] {
            return try RabbitMQServer(
                url: url, managementURL: environment["DUELY_TEST_RABBITMQ_MANAGEMENT"] ?? "")
        }
        let server = LocalServer(kind: "rabbitmq", isTemporary: true)
        try await server.start()
        KeptServers.keep(server)
        return try await RabbitMQServer(
            url: server.values["DUELY_TEST_RABBITMQ"] ?? "",
            managementURL: server.values["DUELY_TEST_RABBITMQ_MANAGEMENT"] ?? "")
    }

    /// The server that all suites share.
    public static func shared() async throws -> RabbitMQServer { try await started.value }

    /// - Parameters:
    ///   - url: `amqp://user:password@host:port/`.
    ///   - managementURL: `http://user:password@host:port`.
    /// - Throws: `ChildProcess.Failure` when one is not such an address.
    public init(url: String, managementURL: String) throws {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port,
            let user = parts.user, let password = parts.password,
            let management = URLComponents(string: managementURL), let managementHost = management.host,
            let managementPort = management.port
        else {
            throw ChildProcess.Failure(
                description: "not an amqp:// address with credentials and its management address")
        }
        (self.host, self.port, self.user, self.password) = (host, port, user, password)
        self.managementURL = "http://\(managementHost):\(managementPort)"
    }

    /// Calls the management API and returns the body; any status from 400 on is an error.
    @discardableResult
    public func manage(_ method: String, _ path: String, json: String? = nil) async throws -> String {
        var command = ["curl", "-sS", "--fail-with-body", "-X", method, "-u", "\(user):\(password)"]
        if let json { command += ["-H", "Content-Type: application/json", "-d", json] }
        return try await ChildProcess.succeed(command + [managementURL + path])
    }
}
