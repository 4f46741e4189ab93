import Foundation
import HTTPClient
import HTTPServer
import Observability
import TestKit

/// A real nginx with the real configuration, in front of five servers that only say who they are.
struct EdgeInstance {
    /// An answer through the edge.
    struct Reply {
        let status: Int
        let body: String
        let response: ClientResponse
    }

    static let services = ["identity", "invoice", "payment", "scheduler", "notification"]
    let url: String
    let folder: String
    private let client: HTTPClient

    static func with(
        _ environment: [String: String] = [:], _ body: (EdgeInstance) async throws -> Void
    ) async throws {
        let folder = "/tmp/duely-test-edge-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
        var servers: [HTTPServer] = []
        for name in services {
            let server = echoServer(name)
            try await server.start()
            servers.append(server)
            try "\(server.port ?? 0)\n".write(
                toFile: "\(folder)/run/\(name).port", atomically: true, encoding: .utf8)
        }
        let script = """
            . deploy/lib.sh && start_nginx >&2 && public_url && { cat >/dev/null; stop_nginx; rm -rf "$DUELY_HOME"; }
            """
        let port = try FreePort.find()
        let nginx = try await ChildProcess.start(
            ["bash", "-c", script],
            environment: ["DUELY_HOME": folder, "DUELY_EDGE_PORT": "\(port)"].merging(environment) { $1 },
            leash: .watchesStandardInput)
        var url: String?
        for await line in nginx.lines() {
            url = line
            break
        }
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 64, maximumWaiting: 1_000, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
        let outcome: Result<Void, any Error>
        do {
            guard let url else { throw ChildProcess.Failure(description: await nginx.output().errors) }
            try await body(EdgeInstance(url: url, folder: folder, client: client))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        client.stop()
        nginx.closeStandardInput()
        await nginx.waitForExit()
        for server in servers { await server.stop() }
        try outcome.get()
    }

    func send(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws -> Reply {
        let response = try await client.send(
            ClientRequest(
                method: method, url: url + path, headers: headers, body: body,
                limits: ClientRequest.Limits(
                    connect: .seconds(2), total: .seconds(10), responseBytes: 1 << 20)))
        return Reply(
            status: response.status, body: String(decoding: response.body, as: UTF8.self), response: response)
    }

    /// Answers every path with its own name, the path, and what the edge tells about the client.
    private static func echoServer(_ name: String) -> HTTPServer {
        var router = Router()
        let echo: HTTPHandler = { request in
            let client = request.headers["x-forwarded-for"] ?? ""
            let dialect = request.headers["x-duely-dialect"] ?? ""
            return .text(200, "\(name) \(request.path) \(client) \(dialect)")
        }
        var template = ""
        for depth in 1...6 {
            template += "/{p\(depth)}"
            for method in [HTTPMethod.get, .post, .put, .patch, .delete] {
                router.add(method, template, echo)
            }
        }
        let metrics = Metrics()
        return HTTPServer(
            HTTPServerConfiguration.behindProxy(port: 0),
            pipeline: RequestPipeline(
                router: router, problems: ProblemMapping(), proxies: .none, log: .silent, metrics: metrics),
            log: .silent, metrics: metrics)
    }
}
