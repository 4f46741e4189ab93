import Observability
import PaymentDomain
import Primitives
import Synchronization

/// Lets calls through to the gateway as far as it bears them; nothing that could take money is sent without asking here.
///
/// What may not go is not claimed either: it stays ready, and nothing is written while it waits.
final class GatewayValve: Sendable {
    /// What a call that is sent has to show when it ends.
    struct Pass: Sendable {
        fileprivate let sentAt: Instant
        fileprivate let era: Breaker.Era
    }

    private struct State {
        var budget: RateBudget
        var breaker: Breaker
    }

    private let clock: any WallClock
    private let log: Log
    private let metrics: PaymentMetrics
    private let state: Mutex<State>

    init(settings: PaymentSettings, clock: any WallClock, log: Log, metrics: PaymentMetrics) {
        self.clock = clock
        self.log = log
        self.metrics = metrics
        state = Mutex(
            State(
                budget: RateBudget(
                    callsMaximum: settings.gatewayConcurrency, perSecondMaximum: settings.gatewayPerSecond),
                breaker: Breaker(settings.breaker)))
        metrics.observe(self)
    }

    /// Takes room for calls that run by themselves.
    ///
    /// - Parameter wanted: How many.
    /// - Returns: How many may be sent; what is not is given back.
    func take(upTo wanted: Int) -> Int {
        let now = clock.now()
        return state.withLock { state in
            let healthy = state.breaker.take(upTo: wanted, at: now)
            let room = state.budget.take(upTo: healthy, at: now)
            state.breaker.giveBack(healthy - room)
            return room
        }
    }

    /// Takes room for the call of a person who waits, or for one that is owed an answer: it goes before others.
    ///
    /// - Returns: Whether it may be sent.
    func takeFirst() -> Bool {
        let now = clock.now()
        return state.withLock { state in
            guard state.breaker.take(upTo: 1, at: now) == 1 else { return false }
            if state.budget.takeFirst(at: now) { return true }
            state.breaker.giveBack(1)
            return false
        }
    }

    /// Gives back room for calls that are not sent after all.
    func giveBack(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { state in
            state.breaker.giveBack(count)
            state.budget.giveBack(count)
        }
    }

    /// A call goes out, for which room was taken.
    func pass() -> Pass {
        let now = clock.now()
        return state.withLock { Pass(sentAt: now, era: $0.breaker.era) }
    }

    /// A call has ended.
    func ended(_ outcome: GatewayOutcome, _ pass: Pass) {
        let now = clock.now()
        var (isRefused, isLowered) = (false, false)
        let (before, after) = state.withLock { state in
            let before = state.breaker.state
            if case .notExecuted(.rateLimited, let rest) = outcome {
                isRefused = true
                isLowered = state.budget.refused(sentAt: pass.sentAt, rest: rest, at: now)
            } else {
                state.budget.ended()
            }
            state.breaker.ended(failed: outcome.isFailure, sent: pass.era, at: now)
            return (before, state.breaker.state)
        }
        if isRefused { metrics.gatewayRefused() }
        if isLowered {
            log.warning(
                "the gateway has too much: less is sent", ["rest_seconds": .double(restLeft?.inSeconds ?? 0)])
        }
        switch (before, after) {
        case (.closed, .open), (.probing, .open):
            metrics.breakerOpened()
            log.error("the gateway fails: nothing is sent for a while", [:])
        case (.probing, .closed): log.info("the gateway is well again", [:])
        default: break
        }
    }

    /// How long nothing will be sent; nil when something may be.
    var restLeft: Duration? {
        let now = clock.now()
        return state.withLock { state in
            [state.breaker.restLeft(at: now), state.budget.restLeft(at: now)].compactMap { $0 }.max()
        }
    }

    /// What the budget allows now.
    var allowed: (calls: Int, perSecond: Int) {
        let now = clock.now()
        return state.withLock { ($0.budget.callsAllowed(at: now), $0.budget.perSecondAllowed(at: now)) }
    }
}

extension GatewayOutcome {
    /// Whether the gateway did not do its work; a refusal is work done, and one for too many calls is the budget's matter.
    fileprivate var isFailure: Bool {
        switch self {
        case .lost, .notExecuted(.notSent, _), .notExecuted(.credentials, _): true
        case .charged, .refused, .needsAction, .rejected, .keyInUse, .notExecuted(.rateLimited, _): false
        }
    }
}
