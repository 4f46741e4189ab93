import Foundation
import LoadKit
import Postgres
import Primitives

/// The table of all invoices of an organization with very many, taken as fast as the service makes it.
struct TableBenchmark {
    let instance: Instance
    let arguments: Arguments

    private var count: Int { arguments.int("count", default: 1_000_000) }
    private static let rounds = 3

    func run() async throws {
        try await instance.pool.start()
        let senders = try await Population.withoutClients(instance, organizations: 1, customersEach: 1)
        guard let (organizationID, token) = senders.tokens.first else {
            throw LoadFailure("there is no sender")
        }
        try await ListPopulation(
            instance: instance, organizationID: organizationID, count: count,
            customers: min(20_000, max(1, count / 50))
        ).load()
        let services = try instance.processes()
        for _ in 0..<Self.rounds {
            let before = ProcessorTime(services)
            let (bytes, seconds) = try take(instance.url("invoice") + "/v1/invoices.csv", token)
            let used = ProcessorTime(services).since(before).reduce(0) { $0 + $1.seconds }
            Report.figure(
                "csv.rows", Double(count) / seconds, unit: "1/s",
                details: [
                    ("cpu_ms_per_1000_rows", used * 1_000_000 / Double(count)), ("seconds", seconds),
                    ("megabytes", Double(bytes) / 1_000_000),
                    ("peak_memory_megabytes", peak(of: services["invoice"] ?? [])),
                ])
        }
        await instance.pool.stop()
    }

    /// Takes a table and drops it; the time of who takes it does not count.
    private func take(_ url: String, _ token: String) throws -> (bytes: Int, seconds: Double) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = [
            "-sS", "--fail", "-o", "/dev/null", "-w", "%{size_download} %{time_total}",
            "-H", "Authorization: Bearer \(token)", url,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let parts = text.split(separator: " ")
        guard process.terminationStatus == 0, parts.count == 2, let bytes = Int(parts[0]),
            let seconds = Double(parts[1])
        else { throw LoadFailure("the table did not come whole") }
        return (bytes, seconds)
    }

    /// What the processes have held at most since they began.
    private func peak(of pids: [Int32]) -> Double {
        let kilobytes = pids.compactMap { pid in
            FileManager.default.contents(atPath: "/proc/\(pid)/status")
        }.flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
            .filter { $0.hasPrefix("VmHWM:") }
            .compactMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } }
        return (kilobytes.max() ?? 0) / 1_000
    }
}
