import Foundation
import Primitives

/// Requests to one service over 32 connections unless told otherwise, sent by `wrk`, whose own work is small beside that of the service.
public struct RequestLoad: Sendable {
    /// One request.
    public struct Request: Sendable {
        let line: String

        /// A request with a bearer token.
        public init(_ method: String, _ path: String, token: String, json: String = "") {
            line = "\(method)\t\(path)\t\(token)\t\(json.replacing("\n", with: " "))"
        }
    }

    /// What was measured.
    public struct Figures: Sendable {
        /// How many were answered.
        public let count: Int
        /// How long that took.
        public let seconds: Double
        /// Half of the answers took at most that long, in milliseconds.
        public let median: Double
        /// All but a hundredth of the answers took at most that long, in milliseconds.
        public let slowest: Double
    }

    private let address: String
    private let requests: [Request]
    private let connections: Int

    /// Requests to the service at an address.
    public init(to address: String, _ requests: [Request], connections: Int = 32) {
        self.address = address
        self.connections = connections
        self.requests = requests
    }

    /// Sends them for a while, again and again or each once.
    public func run(seconds: Int, once: Bool = false) async throws -> Figures {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "duely-load-\(RawID.random().uuidString)")
        try Data(requests.map(\.line).joined(separator: "\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try await Self.run(
            [
                "wrk", "--threads", "1", "--connections", "\(connections)", "--duration", "\(seconds)s",
                "--timeout",
                "30s",
                "--script", "deploy/load/requests.lua", address, "--", file.path,
            ] + (once ? ["once"] : []))
        let line = output.split(separator: "\n").first { $0.hasPrefix("figures ") } ?? ""
        let numbers = line.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 5, numbers[0] > 0, numbers[4] == 0 else {
            throw LoadFailure("the requests failed: \(output)")
        }
        return Figures(
            count: Int(numbers[0]), seconds: numbers[1] / 1_000_000, median: numbers[2] / 1_000,
            slowest: numbers[3] / 1_000)
    }

    /// What a program prints.
    private static func run(_ command: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let ended = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }
        return String(decoding: await ended.value, as: UTF8.self)
    }
}
