import AMQP

/// Which queues exist that events must reach before they count as published.
///
/// A queue that was seen is believed to stay until the connection is made anew: only then could the broker have lost
/// it without this process noticing.
struct QueuePresence {
    private var known: Set<String> = []
    private var missing: Set<String> = []
    private var generation: UInt64 = 0
    private var checkedAt: ContinuousClock.Instant?

    /// The queues to look for now: the new ones, all after a new connection, the missing ones from time to time.
    mutating func toCheck(
        _ required: Set<String>, generation: UInt64, now: ContinuousClock.Instant, interval: Duration
    ) -> [String] {
        if generation != self.generation {
            self.generation = generation
            missing.formUnion(known)
            known = []
            checkedAt = nil
        }
        let new = required.subtracting(known).subtracting(missing)
        let isTime = checkedAt.map { $0.duration(to: now) >= interval } ?? true
        return (isTime ? new.union(missing) : new).sorted()
    }

    /// Takes the answer.
    mutating func note(_ checked: [String], missing absent: [String], now: ContinuousClock.Instant) {
        missing.subtract(checked)
        missing.formUnion(absent)
        known.formUnion(checked)
        known.subtract(absent)
        checkedAt = now
    }

    /// Whether a queue exists, as far as is known.
    func exists(_ queue: String) -> Bool { known.contains(queue) }
}
