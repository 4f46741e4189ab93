import PaymentDomain
import Primitives
import Testing

/// A budget behind a reference, because an expectation does not change values.
private final class Budget {
    private var machine: RateBudget

    init(callsMaximum: Int, perSecondMaximum: Int) {
        machine = RateBudget(callsMaximum: callsMaximum, perSecondMaximum: perSecondMaximum)
    }

    func take(upTo wanted: Int, at now: Instant) -> Int { machine.take(upTo: wanted, at: now) }
    func takeFirst(at now: Instant) -> Bool { machine.takeFirst(at: now) }
    func giveBack(_ count: Int) { machine.giveBack(count) }
    func ended() { machine.ended() }
    @discardableResult
    func refused(sentAt sent: Instant, rest: Duration?, at now: Instant) -> Bool {
        machine.refused(sentAt: sent, rest: rest, at: now)
    }
    func callsAllowed(at now: Instant) -> Int { machine.callsAllowed(at: now) }
    func perSecondAllowed(at now: Instant) -> Int { machine.perSecondAllowed(at: now) }
    func restLeft(at now: Instant) -> Duration? { machine.restLeft(at: now) }
}

@Suite("What is sent to the gateway follows what it bears")
struct RateBudgetTests {
    private let start = Instant(seconds: 1_000)

    private func lowered(_ calls: Int, of maximum: Int = 512) -> Budget {
        let budget = Budget(callsMaximum: maximum, perSecondMaximum: 10_000)
        #expect(budget.take(upTo: calls, at: start) == calls)
        budget.refused(sentAt: start, rest: nil, at: start)
        return budget
    }

    @Test("as many calls as allowed are in flight, and each that ends makes room for one")
    func inFlight() {
        let budget = Budget(callsMaximum: 3, perSecondMaximum: 100)
        #expect(budget.take(upTo: 2, at: start) == 2)
        #expect(budget.take(upTo: 9, at: start) == 1)
        #expect(budget.take(upTo: 1, at: start) == 0)
        budget.ended()
        budget.giveBack(1)
        #expect(budget.take(upTo: 9, at: start) == 2)
    }

    @Test("as many calls as allowed go in a second, those of one second at once at most")
    func perSecond() {
        let budget = Budget(callsMaximum: 1_000, perSecondMaximum: 10)
        #expect(budget.take(upTo: 100, at: start) == 10)
        #expect(budget.take(upTo: 100, at: start + .milliseconds(90)) == 0)
        #expect(budget.take(upTo: 100, at: start + .milliseconds(300)) == 3)
        #expect(budget.take(upTo: 100, at: start + .seconds(60)) == 10)
        #expect(
            budget.take(upTo: 100, at: start + .seconds(30)) == 0, "a clock that is set back gives nothing")
        budget.giveBack(4)
        #expect(budget.take(upTo: 100, at: start + .seconds(30)) == 4)
    }

    @Test(
        "a refusal halves what was used, not what was allowed",
        arguments: [(8, 4), (100, 50), (3, 1), (1, 1)])
    func halves(used: Int, left: Int) {
        let budget = lowered(used)
        #expect(budget.callsAllowed(at: start) == left)
        #expect(budget.perSecondAllowed(at: start) == left)
    }

    @Test("the refusals of one burst count once, those of what was sent afterwards count again")
    func once() {
        let budget = lowered(64)
        let later = start + .seconds(1)
        for _ in 0..<63 {
            #expect(!budget.refused(sentAt: start, rest: nil, at: start + .milliseconds(10)))
        }
        #expect(budget.callsAllowed(at: start) == 32)
        #expect(budget.take(upTo: 16, at: later + .milliseconds(10)) == 16)
        #expect(budget.callsAllowed(at: later) == 36)
        #expect(budget.refused(sentAt: later, rest: nil, at: later))
        #expect(budget.callsAllowed(at: later) == 18)
    }

    @Test("what was lost is regained in a straight line, up to the maximum")
    func rises() {
        let budget = lowered(64)
        #expect(budget.callsAllowed(at: start + .seconds(1)) == 36)
        #expect(budget.callsAllowed(at: start + .seconds(8)) == 64)
        #expect(budget.callsAllowed(at: start + .seconds(16)) == 96)
        #expect(budget.callsAllowed(at: start + .seconds(86_400)) == 512)
        #expect(budget.callsAllowed(at: start - .seconds(5)) == 32, "a clock that is set back raises nothing")
    }

    @Test("however often it is refused, something is tried")
    func floor() {
        let budget = Budget(callsMaximum: 512, perSecondMaximum: 10_000)
        for second in 0..<100 {
            let now = start + .seconds(2 * second)
            #expect(budget.take(upTo: 1, at: now) == 1)
            budget.refused(sentAt: now, rest: nil, at: now + .milliseconds(1))
        }
        #expect(budget.callsAllowed(at: start + .seconds(200)) >= 1)
        #expect(budget.take(upTo: 512, at: start + .seconds(202)) >= 1)
    }

    @Test("nothing is sent during the longest rest that the gateway asks for")
    func rest() {
        let budget = Budget(callsMaximum: 10, perSecondMaximum: 100)
        #expect(budget.take(upTo: 2, at: start) == 2)
        budget.refused(sentAt: start, rest: .seconds(30), at: start)
        budget.refused(sentAt: start, rest: .seconds(5), at: start)
        #expect(budget.restLeft(at: start + .seconds(10)) == .seconds(20))
        #expect(budget.take(upTo: 1, at: start + .milliseconds(29_999)) == 0)
        #expect(!budget.takeFirst(at: start + .milliseconds(29_999)))
        #expect(budget.restLeft(at: start + .seconds(30)) == nil)
        #expect(budget.take(upTo: 1, at: start + .seconds(30)) == 1)
        #expect(budget.restLeft(at: start - .seconds(1)) == nil, "a clock that is set back ends it")
    }

    @Test("a person's call waits for no other, and what runs by itself makes room for it")
    func people() {
        let budget = Budget(callsMaximum: 2, perSecondMaximum: 100)
        #expect(budget.take(upTo: 2, at: start) == 2)
        #expect(budget.takeFirst(at: start))
        budget.ended()
        #expect(budget.take(upTo: 1, at: start) == 0)
        budget.ended()
        #expect(budget.take(upTo: 1, at: start) == 1)
    }

    @Test(
        "one or more senders use most of what a gateway bears, and few of their calls are refused",
        arguments: [1, 2, 4], [40, 200, 1_000])
    func converges(senders: Int, perSecond: Int) {
        let budgets = (0..<senders).map { _ in Budget(callsMaximum: 512, perSecondMaximum: 10_000) }
        var (done, refused, sent) = (0, 0, 0)
        let (step, seconds) = (Duration.milliseconds(50), 240)
        var left = 0
        for tick in 0..<(seconds * 20) {
            let now = start + step * tick
            // The gateway's own count begins anew each second.
            if tick.isMultiple(of: 20) { left = perSecond }
            for index in 0..<senders {
                let sender = (index + tick) % senders
                let count = budgets[sender].take(upTo: 128, at: now)
                let isMeasured = tick >= 60 * 20
                for _ in 0..<count {
                    sent += isMeasured ? 1 : 0
                    if left > 0 {
                        left -= 1
                        done += isMeasured ? 1 : 0
                        budgets[sender].ended()
                    } else {
                        refused += isMeasured ? 1 : 0
                        budgets[sender].refused(sentAt: now, rest: nil, at: now + .milliseconds(40))
                    }
                }
            }
        }
        #expect(done * 100 >= perSecond * (seconds - 60) * 55, "\(done) of \(perSecond * (seconds - 60))")
        #expect(refused * 100 <= sent * 10, "\(refused) of \(sent)")
    }
}
