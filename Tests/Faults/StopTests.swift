import Primitives
import TestKit
import Testing

@Suite("Services stop in order", .serialized)
struct StopTests {
    @Test(
        "what publishes stops before what it publishes through, and all of it in time",
        .timeLimit(.minutes(10)))
    func order() async throws {
        let system = try await RunningSystem.start()
        var stopped: [String: [String]] = [:]
        let services = ["identity", "invoice", "payment", "scheduler", "notification"]
        for service in services {
            try await system.part(service, "stop")
            let log = try await system.log(service, lines: 500)
            #expect(!log.contains("did not stop in time"), "\(service)")
            stopped[service] = log.split(separator: "\n").compactMap { line in
                // A line that is no JSON is somebody else's.
                let entry = try? JSONDocument(parsing: Array(line.utf8)).root
                return entry?["message"]?.string == "service stopped" ? entry?["label"]?.string : nil
            }
        }
        await system.stop()
        for service in services {
            let labels = stopped[service] ?? []
            #expect(labels.suffix(2) == ["publisher moves", "publisher relay"], "\(service): \(labels)")
            #expect(labels.count > 8, "\(service): \(labels)")
        }
    }
}
