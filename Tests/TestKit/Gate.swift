import Dispatch

/// Holds threads at a point until the test lets them go; for work that runs on threads of its own, as transactions do.
///
/// Unlike a pause, it makes no assumption about how fast the machine is.
public final class Gate: Sendable {
    private let barrier = DispatchSemaphore(value: 0)
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    /// A closed gate.
    public init() { (arrivals, arrival) = AsyncStream.makeStream() }

    /// Reports the arrival and blocks the calling thread until the gate is opened.
    public func pass() {
        arrival.yield()
        barrier.wait()
    }

    /// Waits until so many threads have arrived since the last call.
    public func arrived(_ count: Int = 1) async {
        var left = count
        guard left > 0 else { return }
        for await _ in arrivals {
            left -= 1
            if left == 0 { return }
        }
    }

    /// Lets so many threads pass, now or when they arrive.
    public func open(_ count: Int = 1) {
        for _ in 0..<count { barrier.signal() }
    }
}
