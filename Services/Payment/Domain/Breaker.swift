public import Primitives

/// Keeps calls back from a gateway that fails, and finds out with a few whether it is well again.
///
/// A pure machine. Declines are answers, not failures: only what brought no usable answer counts against the gateway.
public struct Breaker: Hashable, Sendable {
    /// When it opens and for how long.
    public struct Rules: Hashable, Sendable {
        /// How long results count together.
        public let window: Duration
        /// Fewer results say nothing.
        public let callsMinimum: Int
        /// The share of failures that opens it.
        public let failedPercent: Int
        /// How long nothing is sent, longer each time the probes fail.
        public let rest: DoublingDelay
        /// How many calls try whether the gateway is well again; all of them have to be answered.
        public let probes: Int

        /// Rules; at least one call has to be enough for something.
        public init(
            window: Duration, callsMinimum: Int, failedPercent: Int, rest: DoublingDelay, probes: Int
        ) {
            precondition(callsMinimum >= 1 && probes >= 1, "rules that never open or never close")
            self.window = window
            self.callsMinimum = callsMinimum
            self.failedPercent = failedPercent
            self.rest = rest
            self.probes = probes
        }
    }

    /// Where it stands.
    public enum State: Hashable, Sendable {
        /// Everything is sent; the results since a moment.
        case closed(since: Instant?, calls: Int, failures: Int)
        /// Nothing is sent; how often in a row that is so. A clock that is set back to before it ends it.
        case open(Range<Instant>, times: Int)
        /// A few calls are sent.
        case probing(sent: Int, answered: Int, times: Int)
    }

    /// When a call was sent, by the breaker's own count: results of an earlier state mean nothing.
    public struct Era: Hashable, Sendable {
        fileprivate let number: Int
    }

    private let rules: Rules
    /// Where it stands.
    public private(set) var state = State.closed(since: nil, calls: 0, failures: 0)
    /// Names the present state to the calls that are sent in it.
    public private(set) var era = Era(number: 0)

    /// A closed breaker.
    public init(_ rules: Rules) { self.rules = rules }

    /// How long nothing will be sent; nil when something may be.
    public func restLeft(at now: Instant) -> Duration? {
        guard case .open(let rest, _) = state, rest.contains(now) else { return nil }
        return rest.upperBound - now
    }

    /// Takes room for calls that are about to be sent.
    ///
    /// - Parameters:
    ///   - wanted: How many.
    ///   - now: The injected clock's time.
    /// - Returns: How many of them may be sent.
    public mutating func take(upTo wanted: Int, at now: Instant) -> Int {
        if case .open(let rest, let times) = state, !rest.contains(now) {
            change(to: .probing(sent: 0, answered: 0, times: times))
        }
        switch state {
        case .closed: return wanted
        case .open: return 0
        case .probing(let sent, let answered, let times):
            let room = max(0, min(wanted, rules.probes - sent))
            state = .probing(sent: sent + room, answered: answered, times: times)
            return room
        }
    }

    /// Gives back room that was not used.
    public mutating func giveBack(_ count: Int) {
        guard case .probing(let sent, let answered, let times) = state else { return }
        state = .probing(sent: max(answered, sent - count), answered: answered, times: times)
    }

    /// A call has ended.
    ///
    /// - Parameters:
    ///   - failed: Whether it brought no usable answer.
    ///   - sent: The era in which it was sent.
    ///   - now: The injected clock's time.
    public mutating func ended(failed: Bool, sent: Era, at now: Instant) {
        guard sent == era else { return }
        switch state {
        case .closed(let since, let calls, let failures):
            count(failed, since: since, calls, failures, at: now)
        case .open: break
        case .probing(let sent, let answered, let times):
            if failed {
                open(times: times + 1, at: now)
            } else if answered + 1 == rules.probes {
                change(to: .closed(since: nil, calls: 0, failures: 0))
            } else {
                state = .probing(sent: sent, answered: answered + 1, times: times)
            }
        }
    }

    private mutating func count(
        _ failed: Bool, since: Instant?, _ calls: Int, _ failures: Int, at now: Instant
    ) {
        let isOver = since.map { now < $0 || now - $0 >= rules.window } ?? true
        let calls = (isOver ? 0 : calls) + 1
        let failures = (isOver ? 0 : failures) + (failed ? 1 : 0)
        if calls >= rules.callsMinimum, failures * 100 >= calls * rules.failedPercent {
            open(times: 1, at: now)
        } else {
            state = .closed(since: isOver ? now : since, calls: calls, failures: failures)
        }
    }

    private mutating func open(times: Int, at now: Instant) {
        change(to: .open(now..<(now + rules.rest.delay(afterTries: times)), times: times))
    }

    private mutating func change(to state: State) {
        self.state = state
        era = Era(number: era.number + 1)
    }
}
