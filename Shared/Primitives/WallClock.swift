import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Where every rule takes its "now" from.
///
/// A rule never asks the system or the database.
public protocol WallClock: Sendable {
    /// This moment.
    func now() -> Instant

    /// This moment by the machine's clock, whoever something is done for: for leases, retries and turns.
    func systemNow() -> Instant
}

extension WallClock {
    /// The same for everybody.
    public func systemNow() -> Instant { now() }
}

/// The system's clock.
public struct SystemClock: WallClock {
    /// The system's clock.
    public init() {}

    /// This moment, to the microsecond.
    public func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// A clock that a test moves by hand.
public final class ManualClock: WallClock {
    private let instant: Mutex<Instant>

    /// A clock that stands at a moment.
    public init(_ instant: Instant) { self.instant = Mutex(instant) }

    /// Where it stands.
    public func now() -> Instant { instant.withLock { $0 } }

    /// Moves it forward, or back when negative.
    public func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }

    /// Puts it to a moment.
    public func set(_ moment: Instant) { instant.withLock { $0 = moment } }
}

/// The system's clock shifted by the seconds that a file holds, so that a test can move a whole running system.
///
/// The file is read at most every 20 milliseconds. A file that is missing or unreadable means no shift.
public final class FileClock: WallClock {
    private struct Shift {
        var offset: Duration = .zero
        var readAt = Instant(microseconds: 0)
    }

    private static let rereadAfter = Duration.milliseconds(20)
    private let path: String
    private let system = SystemClock()
    private let shift = Mutex(Shift())

    /// A clock that follows a file.
    public init(path: String) { self.path = path }

    /// The system's time plus what the file says.
    public func now() -> Instant {
        let systemNow = system.now()
        let offset = shift.withLock { shift in
            if systemNow - shift.readAt >= Self.rereadAfter {
                shift.offset = readOffset()
                shift.readAt = systemNow
            }
            return shift.offset
        }
        return systemNow + offset
    }

    private func readOffset() -> Duration {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .zero }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(descriptor, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        return .seconds(Int64(text.filter { $0.isNumber || $0 == "-" }) ?? 0)
    }
}
