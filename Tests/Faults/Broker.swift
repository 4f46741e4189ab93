import AMQP
import EventContracts
import Foundation
import HTTPClient
import LoadKit
import Messaging
import Observability
import Primitives

/// The broker of a running instance: through its management interface as the administrator, and over AMQP as a service.
struct Broker: Sendable {
    private let instance: Instance

    init(_ instance: Instance) { self.instance = instance }

    /// Puts a message onto the queue that it names, past everything that checks what services publish.
    func publish(_ poison: Poison) async throws {
        let service = poison.queue.prefix { $0 != "." }
        let credentials = Data("duely:\(try secret("rabbitmq"))".utf8).base64EncodedString()
        let answer = try await instance.http.send(
            ClientRequest(
                method: "POST",
                url: instance.url("rabbitmq-management") + "/api/exchanges/duely/\(service).requeue/publish",
                headers: [("Authorization", "Basic \(credentials)"), ("Content-Type", "application/json")],
                body: try poison.publication(),
                limits: .init(connect: .seconds(5), total: .seconds(60), responseBytes: 1 << 20)))
        let text = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200, text.contains("true") else {
            throw LoadFailure("\(poison.messageID) was not taken: \(answer.status) \(text)")
        }
    }

    /// What an operator uses to look at the dead letters of a queue and to send them back, with the service's own
    /// rights.
    func redrive(_ queue: ConsumerQueue) throws -> Redrive {
        let service = queue.service
        return Redrive(
            queue: queue.name, service: service,
            broker: AMQPConfiguration(
                host: "127.0.0.1", port: Int(try line("run/rabbitmq.port")) ?? 0, virtualHost: "duely",
                user: service, password: Secret(try secret("broker-\(service)")), tls: nil,
                connectionName: "redrive", appID: service, timing: .production, limits: .production),
            log: .silent)
    }

    /// The dead letters of a queue as `id reason`, in the order of their ids.
    func dead(_ queue: ConsumerQueue) async throws -> [String] {
        try await redrive(queue).list(limit: 1_000).map { "\($0.messageID) \($0.reason)" }.sorted()
    }

    /// The dead-letter queues that hold something, as `queue messages` each; the broker's own totals lag behind.
    func deadLetters() async throws -> [String] {
        var found: [String] = []
        for queue in EventCatalogue.queues {
            let count = try await redrive(queue).count()
            if count > 0 { found.append("\(queue.name).dead \(count)") }
        }
        return found
    }

    private func secret(_ name: String) throws -> String { try line("secrets/\(name)") }

    private func line(_ file: String) throws -> String {
        try String(contentsOfFile: "\(instance.home)/\(file)", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
