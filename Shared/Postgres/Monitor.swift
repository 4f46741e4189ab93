import Glibc

/// A value behind a mutex, with a condition that threads wait on for it to change.
///
/// `@unchecked Sendable` is safe because `state` and `idle` are only touched with the mutex held.
final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State
    /// The threads that wait for work, each on a condition of its own; the last is woken first.
    private var idle: [UnsafeMutablePointer<pthread_cond_t>] = []

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        Self.initialize(condition)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` with the value and wakes every waiting thread.
    func update<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer {
            pthread_cond_broadcast(condition)
            for own in idle { pthread_cond_signal(own) }
        }
        return body(&state)
    }

    /// Runs `body` with the value and wakes the one that came last to ``waitAsWorker(for:)``: for a single piece of work
    /// that any of them can do.
    func updateWakingOne<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer { if let last = idle.popLast() { pthread_cond_signal(last) } }
        return body(&state)
    }

    /// Runs `body` with the value and wakes nobody.
    func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Waits until `body` returns a value.
    ///
    /// Who came last is woken first, so that little work stays with few threads, whose caches, and those of their
    /// connections' servers, are warm.
    func waitAsWorker<Result>(for body: (inout State) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let result = body(&state) { return result }
        let own = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        Self.initialize(own)
        defer {
            pthread_cond_destroy(own)
            own.deallocate()
        }
        while true {
            idle.append(own)
            pthread_cond_wait(own, mutex)
            // Woken by a change for all, or for no reason at all, it is still in the list.
            idle.removeAll { $0 == own }
            if let result = body(&state) { return result }
        }
    }

    private static func initialize(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Deadlines must not move when the wall clock is set.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    /// Waits until `body` returns a value, or until the deadline.
    func wait<Result>(until deadline: MonotonicTime?, for body: (inout State) -> Result?) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            guard let deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            guard deadline > .now else { return nil }
            var moment = deadline.timespec
            pthread_cond_timedwait(condition, mutex, &moment)
        }
    }
}

/// A moment of the clock that never jumps, in nanoseconds since the machine started.
struct MonotonicTime: Comparable, Sendable {
    let nanoseconds: Int64

    static var now: MonotonicTime {
        var value = Glibc.timespec()
        clock_gettime(CLOCK_MONOTONIC, &value)
        return MonotonicTime(nanoseconds: Int64(value.tv_sec) * 1_000_000_000 + Int64(value.tv_nsec))
    }

    static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (left: MonotonicTime, right: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: left.nanoseconds &+ right.nanoseconds)
    }

    func duration(since earlier: MonotonicTime) -> Duration {
        .nanoseconds(nanoseconds - earlier.nanoseconds)
    }

    var timespec: Glibc.timespec {
        Glibc.timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }

    /// The rest of the time until this moment in whole milliseconds, rounded up, as `poll` wants it.
    var pollTimeout: Int32 {
        let rest = (nanoseconds - MonotonicTime.now.nanoseconds + 999_999) / 1_000_000
        return Int32(clamping: max(0, rest))
    }
}

extension Duration {
    /// The whole duration in nanoseconds; enough for 290 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }
}
