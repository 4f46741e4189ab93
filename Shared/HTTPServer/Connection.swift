import Glibc
import Primitives
import Synchronization

/// What a suspended connection waits for.
protocol Awaited: AnyObject, Sendable {
    /// Goes on without it, because it is late or the server ends.
    func expire()
}

/// One TCP connection and until when something has to happen on it.
final class Connection: Sendable {
    let descriptor: Int32
    let address: String
    private let deadline = Atomic<Int64>(.max)
    private let current = Mutex<(any Awaited)?>(nil)

    init(descriptor: Int32, address: String) {
        self.descriptor = descriptor
        self.address = address
    }

    /// From now on the client has this long.
    func arm(_ duration: Duration) {
        deadline.store(MonotonicTime.now() + duration.microseconds, ordering: .relaxed)
    }

    /// A handler works on this, for at most this long.
    func beginHandling(_ exchange: any Awaited, deadline duration: Duration) {
        current.withLock { $0 = exchange }
        arm(duration)
    }

    /// The exchange is answered; the client has this long to take the answer.
    func endHandling(_ duration: Duration) {
        current.withLock { $0 = nil }
        arm(duration)
    }

    /// What a handler works on, if anything.
    var handled: (any Awaited)? {
        current.withLock { $0 }
    }

    func isOverdue(at now: Int64) -> Bool {
        deadline.load(ordering: .relaxed) < now
    }
}

/// All open connections.
final class Connections: Sendable {
    private let open = Mutex<[ObjectIdentifier: Connection]>([:])

    func add(_ connection: Connection) {
        open.withLock { $0[ObjectIdentifier(connection)] = connection }
    }

    /// Returns before the descriptor is closed and reused, and not while `cutOff` shuts it down.
    func remove(_ connection: Connection) {
        open.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    var count: Int {
        open.withLock { $0.count }
    }

    /// Shuts down the connections that the test picks and that no handler works on; gives the exchanges of the others.
    ///
    /// The exchanges are answered by the caller, outside of the lock: resuming one takes a lock of libmicrohttpd, which
    /// in turn is held where connections are removed.
    func cutOff(where isDue: (Connection) -> Bool) -> [any Awaited] {
        open.withLock { open in
            var handled: [any Awaited] = []
            for connection in open.values where isDue(connection) {
                if let exchange = connection.handled {
                    handled.append(exchange)
                } else {
                    shutdown(connection.descriptor, Int32(SHUT_RDWR))
                }
            }
            return handled
        }
    }
}

/// Time that only goes forward, in microseconds, small enough for an atomic.
enum MonotonicTime {
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
