import AMQP
import EventContracts
import Foundation
import Observability
import Primitives
import TestKit

/// A broker that one test may stop, starve and kill.
struct OwnBroker {
    let server: LocalServer
    let metrics = Metrics()
    let configuration: AMQPConfiguration

    static func with(_ extra: String, in folder: Folder, _ body: (OwnBroker) async throws -> Void)
        async throws
    {
        let file = folder.path + "/extra.conf"
        try extra.write(toFile: file, atomically: true, encoding: .utf8)
        let server = LocalServer(kind: "rabbitmq", environment: ["DUELY_RABBITMQ_EXTRA": file])
        try await server.start()
        do {
            try await body(OwnBroker(server: server, configuration: configuration(await server.values)))
        } catch {
            await server.discard()
            throw error
        }
        await server.discard()
    }

    func publisher(_ configuration: AMQPConfiguration) throws -> AMQPPublisher {
        try AMQPPublisher(
            configuration: configuration, role: "publisher", metrics: AMQPMetrics(metrics), log: .silent)
    }

    func signal(_ number: Int32) async throws {
        guard let pid = await server.values["PID"] else { throw Unusable(description: "no PID") }
        try await ChildProcess.succeed(["kill", "-\(number)", pid])
    }

    /// `rabbitmqctl` of this broker.
    func control(_ arguments: String...) async throws {
        try await ChildProcess.succeed(
            ["bash", "-c", "set -euo pipefail; . deploy/lib.sh; rabbitmqctl_here \"$@\"", "control"]
                + arguments,
            environment: ["DUELY_HOME": server.folder])
    }

    func crashAndRestart() async throws {
        try await server.crash()
        try await server.start()
    }

    private static func configuration(_ values: [String: String]) throws -> AMQPConfiguration {
        guard let text = values["DUELY_TEST_RABBITMQ"], let url = URLComponents(string: text),
            let host = url.host, let port = url.port, let user = url.user, let password = url.password
        else { throw Unusable(description: "the server gave no address") }
        return AMQPConfiguration(
            host: host, port: port, virtualHost: "/", user: user, password: Secret(password), tls: nil,
            connectionName: "test", appID: "test", timing: .test, limits: .production)
    }
}

/// What the server script printed is not what a test needs.
struct Unusable: Error {
    let description: String
}

/// A folder that goes away with the test.
struct Folder {
    let path: String

    static func with(_ body: (Folder) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.path + "/duely-amqp-\(RawID.v7().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        do {
            try await body(Folder(path: path))
        } catch {
            try FileManager.default.removeItem(atPath: path)
            throw error
        }
        try FileManager.default.removeItem(atPath: path)
    }
}

/// An authority that only the test trusts.
struct CertificateAuthority {
    let folder: Folder
    let name: String

    var certificate: String { "\(folder.path)/\(name).pem" }
    private var key: String { "\(folder.path)/\(name).key" }

    static func create(in folder: Folder, name: String) async throws -> CertificateAuthority {
        let authority = CertificateAuthority(folder: folder, name: name)
        try await ChildProcess.succeed([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2",
            "-subj", "/CN=\(name)", "-keyout", authority.key, "-out", authority.certificate,
        ])
        return authority
    }

    /// A certificate for a host, signed by this authority.
    func issue(host: String) async throws -> (certificate: String, key: String) {
        let base = "\(folder.path)/\(name)-\(host)"
        try await ChildProcess.succeed([
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=\(host)", "-keyout", base + ".key", "-out", base + ".csr",
        ])
        try "subjectAltName=DNS:\(host)\n".write(toFile: base + ".ext", atomically: true, encoding: .utf8)
        try await ChildProcess.succeed([
            "openssl", "x509", "-req", "-in", base + ".csr", "-CA", certificate, "-CAkey", key,
            "-CAcreateserial",
            "-days", "2", "-extfile", base + ".ext", "-out", base + ".pem",
        ])
        return (base + ".pem", base + ".key")
    }
}

extension Topology {
    /// One quorum queue bound to one direct exchange, both called q.
    static let oneQueue = Topology(
        exchanges: [ExchangeDefinition(name: "q", kind: .direct)],
        queues: [QueueDefinition(name: "q", arguments: ["x-queue-type": .string("quorum")])],
        bindings: [BindingDefinition(exchange: "q", queue: "q", routingKey: "q")])
}
