import Synchronization

/// The counter behind the milliseconds of a version 7 identifier: 42 bits (RFC 9562, 6.2, method 1).
///
/// It never starts again, so that ids which a process makes for one millisecond keep their order even when it makes
/// some for other milliseconds in between: requests that run beside each other each bring their own moment.
enum IDCounter {
    static let bitCount: UInt64 = 42

    private static let mask = (1 << bitCount) - 1 as UInt64
    /// Begins anywhere in the lower half, so that ids of several processes seldom meet and the end is far away.
    private static let last = Atomic<UInt64>(RandomSource.word() & mask >> 1)

    /// One more than last time.
    static func next() -> UInt64 {
        last.wrappingAdd(1, ordering: .relaxed).newValue & mask
    }
}
