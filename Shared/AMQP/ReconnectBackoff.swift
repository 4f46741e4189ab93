/// How long to wait before the next attempt to connect: full jitter under a doubling bound, for ever.
struct ReconnectBackoff {
    private let base: Duration
    private let maximum: Duration
    private var bound: Duration

    init(base: Duration, maximum: Duration) {
        self.base = base
        self.maximum = maximum
        bound = base
    }

    /// The next wait, somewhere between nothing and the bound, which doubles.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let wait = bound * Double.random(in: 0...1, using: &generator)
        bound = min(maximum, bound * 2)
        return wait
    }

    /// Starts over after a connection that worked.
    mutating func reset() { bound = base }
}
