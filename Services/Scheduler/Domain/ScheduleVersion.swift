/// What decides between two messages about the same schedule, in whatever order they arrive.
public struct ScheduleVersion: Hashable, Sendable {
    /// The requester's counter.
    public let generation: Int64
    /// Whether the schedule is cancelled.
    public let isCancelled: Bool

    /// Names a version.
    public init(generation: Int64, isCancelled: Bool) {
        self.generation = generation
        self.isCancelled = isCancelled
    }

    /// Whether this version takes the place of a known one: the higher generation wins, and among equals the
    /// cancellation, so that a request that arrives after its own cancellation changes nothing.
    public func replaces(_ known: ScheduleVersion?) -> Bool {
        guard let known else { return true }
        guard generation == known.generation else { return generation > known.generation }
        return isCancelled && !known.isCancelled
    }
}
