import Dispatch

/// Looks for overdue connections four times a second.
///
/// libmicrohttpd's own time-out only knows silence: a client that drips one byte at a time would stay for ever, and a
/// suspended request has no time-out at all.
final class Reaper: Sendable {
    private static let intervalMilliseconds = 250
    private let ended = DispatchSemaphore(value: 0)

    init(core: ServerCore) {
        DispatchQueue(label: "http-reaper").async { [ended] in
            while ended.wait(timeout: .now() + .milliseconds(Self.intervalMilliseconds)) == .timedOut {
                core.reap()
            }
        }
    }

    func end() {
        ended.signal()
    }
}
