public import Observability
import Synchronization

/// A service that does one thing again and again: whenever it is woken, and after a while in any case.
///
/// A round that throws is logged and followed by the next one after the pause; the loop itself never ends before `stop`.
public final class BackgroundLoop: Service {
    /// What a round found.
    public enum Round: Sendable, Hashable {
        /// There may be more at once.
        case more
        /// Nothing to do before a signal or the pause.
        case idle
        /// Nothing to do before a signal or this time, which is shorter or longer than the usual pause.
        case idleFor(Duration)
    }

    /// The name in logs.
    public let label: String
    /// Wakes the loop.
    public let wakeup: Wakeup
    private let pause: Duration
    private let log: Log
    private let round: @Sendable () async throws -> Round
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let isStopping = Atomic(false)

    /// A loop that starts with its service.
    ///
    /// - Parameters:
    ///   - label: The name in logs.
    ///   - pause: The time between rounds without a signal.
    ///   - wakeup: Wakes it; given where others need to wake it before it exists.
    ///   - log: Receives the errors of rounds.
    ///   - round: One round.
    public init(
        label: String, pause: Duration, wakeup: Wakeup = Wakeup(), log: Log,
        round: @escaping @Sendable () async throws -> Round
    ) {
        self.label = label
        self.pause = pause
        self.wakeup = wakeup
        self.log = log
        self.round = round
    }

    /// Starts the first round.
    public func start() async throws {
        task.withLock { task in
            guard task == nil else { return }
            task = Task { await run() }
        }
    }

    /// Lets the present round end, uncancelled, and starts no other.
    public func stop() async {
        isStopping.store(true, ordering: .releasing)
        wakeup.signal()
        await task.withLock { $0 }?.value
    }

    private func run() async {
        while !isStopping.load(ordering: .acquiring) {
            do {
                switch try await round() {
                case .more: continue
                case .idle: await wakeup.wait(atMost: pause)
                case .idleFor(let duration): await wakeup.wait(atMost: duration)
                }
            } catch {
                log.warning("a round failed", ["loop": .string(label), "error": LogValue(error: error)])
                await wakeup.wait(atMost: pause)
            }
        }
    }
}
