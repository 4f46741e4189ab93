/// How much a log line matters; a `Log` drops lines below its own level.
public enum LogLevel: String, Sendable, Hashable, Comparable, CaseIterable {
    /// What a developer wants while looking for a fault.
    case debug
    /// What an operator wants to see of normal work.
    case info
    /// Something unexpected that the system handled itself.
    case warning
    /// Something that a person has to look at.
    case error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    /// Orders levels from the least to the most important.
    public static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }
}
