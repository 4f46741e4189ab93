import Dispatch
import Glibc
import Synchronization

/// A fixed number of threads that run jobs from one bounded queue.
///
/// Work that keeps a core busy for milliseconds belongs here: on the cooperative pool it would hold up every other task
/// of the process.
public final class WorkerThreads: Sendable {
    /// What a thread does; it throws nothing and returns nothing.
    public typealias Job = @Sendable () -> Void

    private struct State {
        var jobs: [Job] = []
        var head = 0
        var isStopped = false

        var waitingCount: Int { jobs.count - head }

        mutating func take() -> Job? {
            guard head < jobs.count else { return nil }
            defer {
                head += 1
                if head == jobs.count {
                    jobs.removeAll(keepingCapacity: true)
                    head = 0
                }
            }
            return jobs[head]
        }
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)
    private let threadCount: Int
    private let queueLimit: Int

    /// No thread runs yet.
    ///
    /// - Parameters:
    ///   - threadCount: How many jobs run at once.
    ///   - queueLimit: How many may wait.
    public init(threadCount: Int, queueLimit: Int) {
        precondition(threadCount > 0 && queueLimit > 0)
        self.threadCount = threadCount
        self.queueLimit = queueLimit
    }

    /// Starts the threads; they hold this object until `stop`.
    ///
    /// - Parameter name: What the kernel shows as the threads' name.
    public func start(name: String) {
        for _ in 0..<threadCount {
            Self.startThread {
                Self.takeName(name)
                self.run()
            }
        }
    }

    /// Adds a job; false when the queue is full or stopped, and then the job never runs.
    public func submit(_ job: @escaping Job) -> Bool {
        let isAccepted = state.withLock { state in
            guard !state.isStopped, state.waitingCount < queueLimit else { return false }
            state.jobs.append(job)
            return true
        }
        if isAccepted { available.signal() }
        return isAccepted
    }

    /// Lets the threads finish what is queued and end.
    public func stop() {
        state.withLock { $0.isStopped = true }
        for _ in 0..<threadCount { available.signal() }
    }

    private func run() {
        while true {
            available.wait()
            let (job, isStopped) = state.withLock { ($0.take(), $0.isStopped) }
            if let job { job() } else if isStopped { return }
        }
    }

    private static func startThread(_ run: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(run: run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        precondition(code == 0, "the system refuses another thread")
        pthread_detach(thread)
    }

    /// The kernel keeps 15 bytes of it; without a name the work is the same.
    private static func takeName(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
