import Synchronization

/// Numbers for trace and span ids: unique, not secret, and without a system call each.
///
/// A counter from a random start goes through the SplitMix64 finalizer, which is a bijection: no value repeats within
/// a process before 2^64 calls, and two processes start at independent places.
enum TraceRandom {
    private static let state = Atomic<UInt64>(UInt64.random(in: .min ... .max))

    static func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed == 0 ? 1 : mixed
    }
}
