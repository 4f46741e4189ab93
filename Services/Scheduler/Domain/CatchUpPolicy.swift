/// What becomes of occurrences that fell into a time when nobody was there.
public enum CatchUpPolicy: String, Hashable, Sendable, CaseIterable {
    /// Each is made up, the oldest first.
    case all
    /// Only the last is made up.
    case latest
}
