import Glibc
import Observability
import Synchronization
import Testing

@testable import Lifecycle

/// Writes down in which order services start and stop.
private final class Journal: Sendable {
    private let list = Mutex<[String]>([])

    func note(_ entry: String) {
        list.withLock { $0.append(entry) }
    }

    var entries: [String] {
        list.withLock { $0 }
    }
}

private struct Failure: Error {}

private struct Recorded: Service {
    let label: String
    let journal: Journal
    var failsAtStart = false
    var onStart: @Sendable () async -> Void = {}
    var onStop: @Sendable () async -> Void = {}

    func start() async throws {
        journal.note("start \(label)")
        await onStart()
        try Task.checkCancellation()
        if failsAtStart { throw Failure() }
    }

    func stop() async {
        journal.note("stop \(label)")
        await onStop()
    }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct ServiceGroupTests {
    private let journal = Journal()
    private let shutdown = ShutdownRequest()

    private func run(_ services: [any Service], deadline: Duration = .seconds(5)) async throws {
        let group = ServiceGroup(services, log: .silent, stopDeadline: deadline, shutdown: shutdown)
        try await group.run()
    }

    @Test("services start in order and stop in reverse")
    func order() async throws {
        let last = Recorded(
            label: "c", journal: journal, onStart: { [shutdown] in shutdown.request(reason: "test") })
        let services = [Recorded(label: "a", journal: journal), Recorded(label: "b", journal: journal)]
        // The request arrives while the last service starts, so its start is cut short and it is stopped as well.
        try await run(services + [last])
        #expect(journal.entries == ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
    }

    @Test("a start that fails stops what was started and throws its error")
    func failedStart() async {
        let services = [
            Recorded(label: "a", journal: journal),
            Recorded(label: "b", journal: journal, failsAtStart: true),
            Recorded(label: "c", journal: journal),
        ]
        await #expect(throws: Failure.self) { try await run(services) }
        #expect(journal.entries == ["start a", "start b", "stop b", "stop a"])
    }

    @Test("a service that does not stop in time does not keep the others from stopping")
    func stuckService() async throws {
        let (never, feed) = AsyncStream<Void>.makeStream()
        defer { feed.finish() }
        let stuck = Recorded(
            label: "stuck", journal: journal, onStart: { [shutdown] in shutdown.request(reason: "test") },
            onStop: { await Task { for await _ in never {} }.value })
        try await run([Recorded(label: "a", journal: journal), stuck], deadline: .milliseconds(50))
        #expect(journal.entries == ["start a", "start stuck", "stop stuck", "stop a"])
    }

    @Test("SIGTERM ends the group", arguments: [SIGTERM, SIGINT])
    func signal(number: Int32) async throws {
        let service = Recorded(label: "a", journal: journal, onStart: { kill(getpid(), number) })
        try await run([service])
        #expect(journal.entries == ["start a", "stop a"])
        #expect(shutdown.reason == (number == SIGTERM ? "SIGTERM" : "SIGINT"))
    }

    @Test("cancelling the task that runs the group ends it")
    func cancellation() async throws {
        let (started, feed) = AsyncStream<Void>.makeStream()
        let service = Recorded(label: "a", journal: journal, onStart: { feed.finish() })
        let running = Task { try await run([service]) }
        for await _ in started {}
        running.cancel()
        try await running.value
        #expect(journal.entries == ["start a", "stop a"])
    }
}

@Suite(.timeLimit(.minutes(10))) struct DeadlineTests {
    @Test("work that ends in time gives its value or its error")
    func inTime() async throws {
        #expect(try await withDeadline(.seconds(10)) { 7 } == 7)
        await #expect(throws: Failure.self) { try await withDeadline(.seconds(10)) { throw Failure() } }
    }

    @Test("work that ignores its cancellation is left behind at the deadline")
    func late() async {
        let (never, feed) = AsyncStream<Void>.makeStream()
        defer { feed.finish() }
        await #expect(throws: DeadlineExceeded.self) {
            try await withDeadline(.milliseconds(20)) { await Task { for await _ in never {} }.value }
        }
    }
}
