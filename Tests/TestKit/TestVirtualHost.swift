import Foundation

/// A fresh virtual host for one suite: exchanges and queues of different suites never meet.
public struct TestVirtualHost: Sendable {
    /// A queue as the broker reports it.
    public struct Queue: Sendable, Decodable {
        /// The name of the queue.
        public let name: String
        /// Messages in it, those handed to consumers included; absent until the broker has counted.
        public let messages: Int?
    }

    /// The server it lives on.
    public let server: RabbitMQServer
    /// The name of the virtual host.
    public let name: String

    /// Where a client connects.
    public var url: String {
        "amqp://\(server.user):\(server.password)@\(server.host):\(server.port)/\(name)"
    }

    /// Makes a virtual host on the shared server, or on the one given, with all rights for its user.
    public static func create(prefix: String = "suite", on server: RabbitMQServer? = nil) async throws
        -> TestVirtualHost
    {
        let server = if let server { server } else { try await RabbitMQServer.shared() }
        let name = "\(prefix)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        try await server.manage("PUT", "/api/vhosts/\(name)", json: "{}")
        try await server.manage(
            "PUT", "/api/permissions/\(name)/\(server.user)",
            json: #"{"configure":".*","write":".*","read":".*"}"#)
        return TestVirtualHost(server: server, name: name)
    }

    /// Runs the body with a fresh virtual host and deletes it afterwards.
    @discardableResult
    public static func with<T>(
        prefix: String = "suite", _ body: (TestVirtualHost) async throws -> T
    ) async throws -> T {
        let host = try await create(prefix: prefix)
        do {
            let value = try await body(host)
            try await host.delete()
            return value
        } catch {
            try await host.delete()
            throw error
        }
    }

    /// All queues with the number of messages in them.
    public func queues() async throws -> [Queue] {
        let body = try await server.manage(
            "GET", "/api/queues/\(name)?disable_stats=true&enable_queue_totals=true")
        return try JSONDecoder().decode([Queue].self, from: Data(body.utf8))
    }

    /// Closes all connections of this virtual host from the broker's side, as an operator or a fail-over does.
    public func closeConnections() async throws {
        struct Connection: Decodable { let name: String }
        let body = try await server.manage("GET", "/api/vhosts/\(name)/connections")
        for connection in try JSONDecoder().decode([Connection].self, from: Data(body.utf8)) {
            let path =
                connection.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
                ?? connection.name
            try await server.manage("DELETE", "/api/connections/\(path)")
        }
    }

    /// Deletes it with everything inside; its connections are closed.
    public func delete() async throws { try await server.manage("DELETE", "/api/vhosts/\(name)") }
}
