import Foundation
import HTTPClient
import Primitives
import TestKit

/// The Python HTTP server of these tests, started once.
struct HTTPPeer: Sendable {
    let plain: Int
    let secure: Int
    let mortal: Int
    let silent: Int
    let certificate: String
    private let process: ChildProcess

    private static let started = Task { try await HTTPPeer(folder: temporaryFolder()) }

    static func shared() async throws -> HTTPPeer { try await started.value }

    /// A server of its own, for a test that ends it.
    static func own() async throws -> HTTPPeer { try await HTTPPeer(folder: temporaryFolder()) }

    static func temporaryFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "duely-\(RawID.random().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }

    /// The interpreter for which the system's packages are installed.
    static let python = "/usr/bin/python3"

    private static func ports(_ process: ChildProcess) async throws -> JSONNode {
        for await line in process.lines() { return try JSONDocument(parsing: Array(line.utf8)).root }
        throw ChildProcessEnded(errors: await process.output().errors)
    }

    private init(folder: String) async throws {
        process = try await ChildProcess.start([
            Self.python, "\(Repository.root)/Tests/Peers/http_peer.py", folder,
        ])
        let ports = try await Self.ports(process)
        plain = Int(ports["plain"]?.int64 ?? 0)
        secure = Int(ports["secure"]?.int64 ?? 0)
        mortal = Int(ports["mortal"]?.int64 ?? 0)
        silent = Int(ports["silent"]?.int64 ?? 0)
        certificate = ports["certificate"]?.string ?? ""
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(plain)/\(path)" }

    func counts(_ client: HTTPClient) async throws -> (connections: Int, requests: Int, bodies: [String]) {
        let root = try JSONDocument(parsing: try await client.send(.get(url("counts"))).body).root
        let bodies = root["bodies"]?.elements.compactMap(\.string) ?? []
        return (Int(root["connections"]?.int64 ?? -1), Int(root["requests"]?.int64 ?? -1), bodies)
    }
}

struct ChildProcessEnded: Error {
    let errors: String
}

extension ClientRequest {
    static func get(
        _ url: String, connect: Duration = .seconds(20), total: Duration = .seconds(60),
        responseBytes: Int = 1 << 20
    ) -> ClientRequest {
        ClientRequest(
            method: "GET", url: url, headers: [], body: [],
            limits: Limits(connect: connect, total: total, responseBytes: responseBytes))
    }

    static func post(
        _ url: String, _ body: String, headers: [(name: String, value: String)] = [],
        total: Duration = .seconds(60)
    ) -> ClientRequest {
        ClientRequest(
            method: "POST", url: url, headers: headers, body: Array(body.utf8),
            limits: Limits(connect: .seconds(20), total: total, responseBytes: 1 << 20))
    }
}

extension HTTPClient {
    static func forTests(
        transfers: Int = 64, waiting: Int = 1024, certificateFile: String? = nil,
        allowsPlainText: Bool = true,
        destinations: HTTPClientConfiguration.Destinations = .any
    ) -> HTTPClient {
        HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: transfers, maximumWaiting: waiting, certificateFile: certificateFile,
                allowsPlainText: allowsPlainText, destinations: destinations))
    }

    /// The error of a request that must fail.
    func failure(_ request: ClientRequest) async -> HTTPClientError? {
        do throws(HTTPClientError) {
            _ = try await send(request)
            return nil
        } catch {
            return error
        }
    }
}

extension HTTPClientError {
    var isNotSent: Bool {
        if case .notSent = self { true } else { false }
    }
}
