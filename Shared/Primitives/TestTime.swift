/// The "now" of an organization that lives by a test clock, for as long as something is done because of it.
///
/// It travels with the task and into its transactions, so that a rule asks its clock as always.
public enum TestTime {
    /// What time it is for the organization; nil for everybody who lives by the real time.
    @TaskLocal public static var current: Instant?

    /// Does something at a test clock's time.
    ///
    /// - Parameters:
    ///   - moment: What time it is; nil changes nothing.
    ///   - work: What is done.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws.
    public static func at<Value>(_ moment: Instant?, _ work: () throws -> Value) rethrows -> Value {
        guard let moment else { return try work() }
        return try $current.withValue(moment, operation: work)
    }
}

/// A clock that shows the time of a test clock while something is done for an organization that lives by one.
public struct TenantClock: WallClock {
    private let system: any WallClock

    /// A clock over another, which shows the time for everybody else.
    public init(_ system: any WallClock) { self.system = system }

    /// This moment, for whom something is being done.
    public func now() -> Instant { TestTime.current ?? system.now() }

    /// This moment, for machines.
    public func systemNow() -> Instant { system.systemNow() }
}
