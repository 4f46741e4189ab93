import Synchronization

/// The twelve bits behind the milliseconds of a version 7 identifier.
enum IDCounter {
    private struct Last {
        var milliseconds: UInt64 = 0
        var count: UInt64 = 0
    }

    private static let last = Mutex(Last())

    /// One more than last time within the same millisecond; a new one begins anywhere in the lower half, so that ids of
    /// several processes seldom meet.
    static func next(_ milliseconds: UInt64) -> UInt64 {
        last.withLock { last in
            if last.milliseconds == milliseconds {
                last.count = (last.count + 1) & 0x0FFF
            } else {
                last = Last(milliseconds: milliseconds, count: RandomSource.word() & 0x07FF)
            }
            return last.count
        }
    }
}
