import TestKit
import Testing

@testable import Postgres

@Suite("Monitor", .timeLimit(.minutes(10))) struct MonitorTests {
    private struct State {
        var work = 0
        var isOver = false
        var waiting: Set<Int> = []
        /// The workers that took something or ended, in their order.
        var log: [Int] = []
    }

    /// Starts workers one after the other, each only when the one before waits.
    private func workers(_ count: Int, on monitor: Monitor<State>) async throws {
        for number in 0..<count {
            try PosixThread.start(name: "worker-\(number)") {
                let gotWork = monitor.waitAsWorker { state -> Bool? in
                    state.waiting.insert(number)
                    guard state.work > 0 || state.isOver else { return nil }
                    let takes = state.work > 0
                    if takes { state.work -= 1 }
                    state.log.append(number)
                    return takes
                }
                _ = gotWork
            }
            try await eventually("worker \(number) waits") {
                monitor.withLock { $0.waiting.contains(number) }
            }
        }
    }

    @Test("of the workers that wait, the one that came last is woken first, and each piece of work wakes one")
    func lastFirst() async throws {
        let monitor = Monitor(State())
        try await workers(4, on: monitor)
        for taken in 1...4 {
            monitor.updateWakingOne { $0.work += 1 }
            try await eventually("piece \(taken)") { monitor.withLock { $0.log.count == taken } }
        }
        #expect(monitor.withLock { $0.log } == [3, 2, 1, 0])
    }

    @Test("a change for all reaches every worker, also one that nobody has work for")
    func everybody() async throws {
        let monitor = Monitor(State())
        try await workers(4, on: monitor)
        monitor.update { $0.isOver = true }
        try await eventually("the end of all") { monitor.withLock { Set($0.log) == [0, 1, 2, 3] } }
    }
}
