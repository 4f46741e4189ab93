/// A condition that did not become true in time.
public struct TimedOut: Error, CustomStringConvertible {
    /// What was waited for, where, and how long.
    public let description: String
}

/// Polls until the closure returns a value, and returns it; `TimedOut` names what was waited for.
@discardableResult
public func eventually<T>(
    within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(20),
    _ what: String = "the condition",
    file: StaticString = #fileID, line: UInt = #line, _ look: () async throws -> T?
) async throws -> T {
    let start = ContinuousClock.now
    while true {
        if let value = try await look() { return value }
        guard start.duration(to: .now) < limit else {
            throw TimedOut(description: "\(what) did not come true within \(limit) (\(file):\(line))")
        }
        try await Task.sleep(for: pause)
    }
}

/// Polls until the condition holds.
public func eventually(
    within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(20),
    _ what: String = "the condition",
    file: StaticString = #fileID, line: UInt = #line, _ condition: () async throws -> Bool
) async throws {
    let _: Void = try await eventually(within: limit, every: pause, what, file: file, line: line) {
        () -> Void? in
        try await condition() ? () : nil
    }
}
