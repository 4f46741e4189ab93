public import Primitives

/// One time at which a schedule goes off.
public struct Occurrence: Hashable, Sendable {
    /// Its place in the series, counted from 0.
    public let position: Int
    /// The local day; with the schedule and its generation the key of what happens once.
    public let date: CivilDate
    /// The moment.
    public let dueAt: Instant

    /// Names an occurrence.
    public init(position: Int, date: CivilDate, dueAt: Instant) {
        self.position = position
        self.date = date
        self.dueAt = dueAt
    }
}
