import PaymentDomain
import Primitives
import Testing

/// A breaker behind a reference, because an expectation does not change values.
private final class Valve {
    private var machine: Breaker

    init(_ rules: Breaker.Rules) { machine = Breaker(rules) }

    var state: Breaker.State { machine.state }
    var era: Breaker.Era { machine.era }
    func restLeft(at now: Instant) -> Duration? { machine.restLeft(at: now) }
    func take(upTo wanted: Int, at now: Instant) -> Int { machine.take(upTo: wanted, at: now) }
    func giveBack(_ count: Int) { machine.giveBack(count) }
    func ended(failed: Bool, sent: Breaker.Era, at now: Instant) {
        machine.ended(failed: failed, sent: sent, at: now)
    }
}

@Suite("A gateway that fails is left alone until it is well again")
struct BreakerTests {
    private let start = Instant(seconds: 1_000)
    private let rules = Breaker.Rules(
        window: .seconds(10), callsMinimum: 4, failedPercent: 50,
        rest: DoublingDelay(first: .seconds(5), limit: .seconds(60)), probes: 2)

    private func breaker(_ results: [Bool]) -> Valve {
        let breaker = Valve(rules)
        for failed in results { breaker.ended(failed: failed, sent: breaker.era, at: start) }
        return breaker
    }

    private func isOpen(_ breaker: Valve) -> Bool {
        if case .open = breaker.state { return true }
        return false
    }

    @Test(
        "it opens when enough calls were made and enough of them failed",
        arguments: [
            ([true, true, true], false), ([false, false, false, true], false),
            ([false, false, true, true], true), ([true, true, false, false], true),
            ([true, true, true, true], true), ([false, false, false, true, true], false),
            ([false, false, false, true, true, true], true),
        ])
    func opens(results: [Bool], isOpen: Bool) {
        #expect(self.isOpen(breaker(results)) == isOpen)
    }

    @Test(
        "results of another window, or of a clock that was set back, do not count together",
        arguments: [10, -1])
    func window(seconds: Int) {
        let breaker = breaker([true, true, true])
        breaker.ended(failed: true, sent: breaker.era, at: start + .seconds(seconds))
        #expect(breaker.state == .closed(since: start + .seconds(seconds), calls: 1, failures: 1))
    }

    @Test(
        "open, it lets nothing through until its rest is over; then a few, and everything once all of those are answered"
    )
    func recovers() {
        let breaker = breaker([true, true, true, true])
        #expect(breaker.restLeft(at: start) == .seconds(5))
        #expect(breaker.take(upTo: 9, at: start + .milliseconds(4_999)) == 0)
        let later = start + .seconds(5)
        #expect(breaker.restLeft(at: later) == nil)
        #expect(breaker.take(upTo: 9, at: later) == 2)
        #expect(breaker.take(upTo: 9, at: later) == 0)
        breaker.giveBack(1)
        #expect(breaker.take(upTo: 9, at: later) == 1)
        breaker.ended(failed: false, sent: breaker.era, at: later)
        #expect(breaker.take(upTo: 9, at: later) == 0, "one answer is not enough")
        breaker.ended(failed: false, sent: breaker.era, at: later)
        #expect(breaker.take(upTo: 9, at: later) == 9)
    }

    @Test(
        "each failed probe makes the next rest twice as long, up to a limit; a recovery makes it short again")
    func doubles() {
        let breaker = breaker([true, true, true, true])
        var now = start
        for seconds in [5, 10, 20, 40, 60, 60] {
            #expect(breaker.restLeft(at: now) == .seconds(seconds))
            now = now + .seconds(seconds)
            #expect(breaker.take(upTo: 1, at: now) == 1)
            breaker.ended(failed: true, sent: breaker.era, at: now)
        }
        now = now + .seconds(60)
        #expect(breaker.take(upTo: 2, at: now) == 2)
        for _ in 0..<2 { breaker.ended(failed: false, sent: breaker.era, at: now) }
        for _ in 0..<4 { breaker.ended(failed: true, sent: breaker.era, at: now) }
        #expect(breaker.restLeft(at: now) == .seconds(5))
    }

    @Test("a clock that is set back does not keep it open")
    func clock() {
        let breaker = breaker([true, true, true, true])
        #expect(breaker.restLeft(at: start - .seconds(3_600)) == nil)
        #expect(breaker.take(upTo: 9, at: start - .seconds(3_600)) == 2)
    }

    @Test("what was sent before it opened says nothing afterwards", arguments: [true, false])
    func eras(failed: Bool) {
        let breaker = Valve(rules)
        let old = breaker.era
        for _ in 0..<4 { breaker.ended(failed: true, sent: old, at: start) }
        let opened = breaker.state
        breaker.ended(failed: failed, sent: old, at: start)
        #expect(breaker.state == opened)
        #expect(breaker.take(upTo: 2, at: start + .seconds(5)) == 2)
        let probing = breaker.state
        for _ in 0..<9 { breaker.ended(failed: failed, sent: old, at: start + .seconds(5)) }
        #expect(breaker.state == probing)
    }

    @Test(
        "whatever happens, it never sends in a rest, nor more probes than agreed, and always tries again",
        arguments: 0..<50 as Range<UInt64>)
    func walks(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ count: UInt64) -> UInt64 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return random % count
        }
        let breaker = Valve(rules)
        var now = start
        var outstanding: [Breaker.Era] = []
        for _ in 0..<500 {
            switch next(4) {
            case 0:
                let rest = breaker.restLeft(at: now)
                let room = breaker.take(upTo: Int(next(6)), at: now)
                #expect(rest == nil || room == 0)
                outstanding += Array(repeating: breaker.era, count: room)
                if case .probing = breaker.state {
                    #expect(outstanding.count { $0 == breaker.era } <= rules.probes)
                }
            case 1 where !outstanding.isEmpty:
                let era = outstanding.remove(at: Int(next(UInt64(outstanding.count))))
                breaker.ended(failed: next(2) == 0, sent: era, at: now)
            default: now = now + .milliseconds(Int64(next(4_000)))
            }
        }
        for era in outstanding { breaker.ended(failed: false, sent: era, at: now) }
        #expect(breaker.take(upTo: 1, at: now + .seconds(60)) == 1)
    }
}
