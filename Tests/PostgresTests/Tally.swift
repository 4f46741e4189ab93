import Synchronization

/// A number that closures on other threads change; unlike an atomic, `#expect` can look into it.
final class Tally: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    /// Adds one and returns the sum.
    @discardableResult
    func add() -> Int { number.add(1, ordering: .sequentiallyConsistent).newValue }

    func set(_ value: Int) { number.store(value, ordering: .sequentiallyConsistent) }
}
