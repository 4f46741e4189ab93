import Dispatch
import Glibc
import Synchronization

/// Turns SIGTERM and SIGINT into a callback for as long as it lives, and makes the process ignore SIGPIPE.
struct SignalWatch {
    private let key: Int

    init(onSignal: @escaping @Sendable (String) -> Void) {
        // A peer that closes its socket must not end the process.
        signal(SIGPIPE, SIG_IGN)
        key = SignalPipe.shared.add(onSignal)
    }

    func end() {
        SignalPipe.shared.remove(key)
    }
}

/// The one pipe of the process that carries signals from their handler to ordinary code.
///
/// A dispatch signal source alone is not enough: an ignored signal only reaches it while the first thread blocks that
/// signal, which depends on how the process was started. A handler that writes one byte always works.
private final class SignalPipe: Sendable {
    static let shared = SignalPipe()

    private struct Watchers {
        var nextKey = 0
        var byKey: [Int: @Sendable (String) -> Void] = [:]
    }

    private let watchers = Mutex(Watchers())

    private init() {
        var ends: [Int32] = [-1, -1]
        let made = pipe(&ends)
        precondition(made == 0, "a process needs two descriptors for its signal pipe")
        let (readEnd, writeEnd) = (ends[0], ends[1])
        _ = fcntl(readEnd, F_SETFD, FD_CLOEXEC)
        _ = fcntl(writeEnd, F_SETFD, FD_CLOEXEC)
        signalPipeWriteEnd.store(writeEnd, ordering: .sequentiallyConsistent)
        DispatchQueue(label: "signals").async {
            var byte: UInt8 = 0
            while true {
                let count = read(readEnd, &byte, 1)
                if count == 1 { SignalPipe.shared.deliver(Int32(byte)) }
                if count == 0 || count < 0 && errno != EINTR { return }
            }
        }
        for number in [SIGTERM, SIGINT] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(signalPipeWriteEnd.load(ordering: .relaxed), &byte, 1)
            }
        }
    }

    private func deliver(_ number: Int32) {
        let callbacks = watchers.withLock { Array($0.byKey.values) }
        for callback in callbacks { callback(number == SIGTERM ? "SIGTERM" : "SIGINT") }
    }

    func add(_ callback: @escaping @Sendable (String) -> Void) -> Int {
        watchers.withLock { watchers in
            watchers.nextKey += 1
            watchers.byKey[watchers.nextKey] = callback
            return watchers.nextKey
        }
    }

    func remove(_ key: Int) {
        watchers.withLock { _ = $0.byKey.removeValue(forKey: key) }
    }
}

/// Where the signal handler writes; a handler may use nothing but an atomic value and `write`.
private let signalPipeWriteEnd = Atomic<Int32>(-1)
