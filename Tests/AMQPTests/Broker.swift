import AMQP
import EventContracts
import Observability
import Primitives
import TestKit

/// A virtual host of its own and the connections of one test to it.
struct Broker {
    let host: TestVirtualHost
    let metrics = Metrics()

    static func with<T>(_ body: (Broker) async throws -> T) async throws -> T {
        try await TestVirtualHost.with(prefix: "amqp") { host in
            let broker = Broker(host: host)
            try await broker.createUser()
            let value = try await body(broker)
            try await broker.host.server.manage("DELETE", "/api/users/\(broker.user)")
            return value
        }
    }

    /// A user of its own, so that its connections can be closed from the broker's side.
    var user: String { "user-of-\(host.name)" }

    private func createUser() async throws {
        try await host.server.manage(
            "PUT", "/api/users/\(user)", json: #"{"password":"secret","tags":""}"#)
        try await host.server.manage(
            "PUT", "/api/permissions/\(host.name)/\(user)",
            json: #"{"configure":".*","write":".*","read":".*"}"#)
    }

    /// The broker closes every connection of a user that is deleted; it comes back at once.
    func closeConnections() async throws {
        try await host.server.manage("DELETE", "/api/users/\(user)")
        try await createUser()
    }

    var configuration: AMQPConfiguration {
        AMQPConfiguration(
            host: host.server.host, port: host.server.port, virtualHost: host.name, user: user,
            password: Secret("secret"), tls: nil, connectionName: "test", appID: "test",
            timing: .test, limits: .production)
    }

    func apply(_ topology: Topology) async throws {
        try await AMQPTopology.apply(topology, configuration: configuration)
    }

    /// One quorum queue bound to one direct exchange, both of this name.
    func makeQueue(_ name: String, _ arguments: [String: QueueDefinition.Argument] = [:]) async throws {
        try await apply(
            Topology(
                exchanges: [ExchangeDefinition(name: name, kind: .direct)],
                queues: [
                    QueueDefinition(
                        name: name,
                        arguments: arguments.merging(["x-queue-type": .string("quorum")]) { given, _ in given
                        })
                ],
                bindings: [BindingDefinition(exchange: name, queue: name, routingKey: name)]))
    }

    func publisher(_ configure: (inout AMQPConfiguration) -> Void = { _ in }) throws -> AMQPPublisher {
        var configuration = configuration
        configure(&configuration)
        return try AMQPPublisher(
            configuration: configuration, role: "publisher", metrics: AMQPMetrics(metrics), log: .silent)
    }

    func consumer(_ queue: String, prefetch: Int = 100) throws -> AMQPConsumer {
        try AMQPConsumer(
            configuration: configuration, queue: queue, prefetch: prefetch, metrics: AMQPMetrics(metrics),
            log: .silent)
    }
}

extension AMQPTiming {
    /// Short enough that a test of a lost broker takes a second, not a minute.
    static let test: AMQPTiming = {
        var timing = AMQPTiming.production
        timing.reconnectBase = .milliseconds(20)
        timing.reconnectMaximum = .milliseconds(200)
        timing.loopPeriod = .milliseconds(100)
        return timing
    }()
}

extension OutgoingMessage {
    static func test(
        _ exchange: String, key: String? = nil, _ text: String = "hello", headers: AMQPTable = [:],
        mandatory: Bool = true
    ) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: key ?? exchange, body: [UInt8](text.utf8),
            messageID: RawID.v7().uuidString, type: "test.happened.v1", contentType: "text/plain",
            appID: "tests", headers: headers, mandatory: mandatory, persistent: true)
    }
}

extension Delivery {
    var text: String { String(decoding: body, as: UTF8.self) }
}
