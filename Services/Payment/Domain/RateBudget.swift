public import Primitives

/// How much may be sent to one account at the gateway: calls in flight, calls per second, and rests that it asks for.
///
/// A pure machine: it is told what is sent and what comes back, and says how much more may go. Each process learns by
/// itself.
public struct RateBudget: Sendable {
    private var callsLimit: AdaptiveLimit
    private var rateLimit: AdaptiveLimit
    private var calls = 0
    private var tokens: Double
    private var filledAt: Instant?
    /// A rest that the gateway asked for; a clock that is set back to before it ends it.
    private var rest: Range<Instant>?
    private var loweredAt: Instant?
    private var thisSecond = Second(number: 0)
    private var secondBefore = Second(number: -1)

    /// What was used in one second of the clock.
    private struct Second {
        let number: Int64
        var sent = 0
        var calls = 0
    }

    /// Gateways count by the second: what is sent in the rest of a second that is used up is refused as well.
    private static let shortestRest = Duration.seconds(1)

    /// A budget that nothing has lowered yet.
    ///
    /// - Parameters:
    ///   - callsMaximum: Calls in flight at once.
    ///   - perSecondMaximum: Calls per second.
    public init(callsMaximum: Int, perSecondMaximum: Int) {
        callsLimit = AdaptiveLimit(ceiling: callsMaximum)
        rateLimit = AdaptiveLimit(ceiling: perSecondMaximum)
        tokens = Double(perSecondMaximum)
    }

    /// How many calls may be in flight at a moment.
    public func callsAllowed(at now: Instant) -> Int { Int(callsLimit.value(at: now)) }

    /// How many calls may be sent in a second.
    public func perSecondAllowed(at now: Instant) -> Int { Int(rateLimit.value(at: now)) }

    /// The rest of a rest that the gateway asked for; nil when there is none.
    public func restLeft(at now: Instant) -> Duration? {
        rest.flatMap { $0.contains(now) ? $0.upperBound - now : nil }
    }

    /// Takes room for calls that are about to be sent.
    ///
    /// - Parameters:
    ///   - wanted: How many.
    ///   - now: The injected clock's time.
    /// - Returns: How many of them may be sent.
    public mutating func take(upTo wanted: Int, at now: Instant) -> Int {
        guard restLeft(at: now) == nil else { return 0 }
        fill(at: now)
        let room = min(wanted, callsAllowed(at: now) - calls, Int(tokens))
        guard room > 0 else { return 0 }
        spend(room, at: now)
        return room
    }

    /// Takes room for the call of a person who waits: only a rest stands against it, and what runs by itself makes room.
    ///
    /// - Parameter now: The injected clock's time.
    /// - Returns: Whether it may be sent.
    public mutating func takeFirst(at now: Instant) -> Bool {
        guard restLeft(at: now) == nil else { return false }
        fill(at: now)
        spend(1, at: now)
        return true
    }

    /// Gives back room that was not used.
    public mutating func giveBack(_ count: Int) {
        calls -= count
        tokens += Double(count)
        thisSecond.sent -= count
    }

    /// A call has ended in whatever way but one that lowers the budget.
    public mutating func ended() { calls -= 1 }

    /// The gateway refused a call because it had too many.
    ///
    /// Refusals of calls that were sent before the budget was lowered are the same news again.
    ///
    /// - Parameters:
    ///   - sent: When the call was sent.
    ///   - rest: How long the gateway wants to be left alone; a second where it does not say.
    ///   - now: The injected clock's time.
    /// - Returns: Whether the budget was lowered.
    public mutating func refused(sentAt sent: Instant, rest: Duration?, at now: Instant) -> Bool {
        calls -= 1
        let rest = max(rest ?? .zero, Self.shortestRest)
        if restLeft(at: now).map({ $0 < rest }) ?? true {
            self.rest = now..<(now + rest)
        }
        if let loweredAt, sent <= loweredAt { return false }
        callsLimit.lower(from: Double(max(thisSecond.calls, secondBefore.calls)), at: now)
        rateLimit.lower(from: Double(max(thisSecond.sent, secondBefore.sent)), at: now)
        tokens = min(tokens, rateLimit.value(at: now))
        loweredAt = now
        return true
    }

    private mutating func fill(at now: Instant) {
        let rate = rateLimit.value(at: now)
        if let filledAt, now > filledAt {
            tokens = min(rate, tokens + rate * (now - filledAt).inSeconds)
        }
        filledAt = now
    }

    private mutating func spend(_ count: Int, at now: Instant) {
        calls += count
        tokens -= Double(count)
        let number = now.seconds
        if thisSecond.number != number {
            secondBefore = number == thisSecond.number + 1 ? thisSecond : Second(number: number - 1)
            thisSecond = Second(number: number)
        }
        thisSecond.sent += count
        thisSecond.calls = max(thisSecond.calls, calls)
    }
}
