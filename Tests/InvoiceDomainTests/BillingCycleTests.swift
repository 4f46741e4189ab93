import InvoiceDomain
import Primitives
import Testing

@Suite("Periods of subscriptions") struct BillingCycleTests {
    private static func cycle(
        _ anchor: String, _ count: Int, _ unit: BillingInterval.Unit, zone: String = "Europe/Berlin"
    ) throws -> BillingCycle {
        BillingCycle(
            anchor: try #require(Instant(rfc3339: anchor)),
            interval: try #require(BillingInterval(count, unit)),
            zone: try #require(Zone(zone)))
    }

    @Test("a month from the 31st ends on the last day of a shorter one and returns to the 31st")
    func monthEnds() throws {
        let cycle = try Self.cycle("2027-01-31T09:30:15+01:00", 1, .month)
        #expect(
            (0...4).map { cycle.boundary($0).rfc3339 } == [
                "2027-01-31T08:30:15.000Z", "2027-02-28T08:30:15.000Z", "2027-03-31T07:30:15.000Z",
                "2027-04-30T07:30:15.000Z", "2027-05-31T07:30:15.000Z",
            ])
        #expect(cycle.boundary(-1).rfc3339 == "2026-12-31T08:30:15.000Z")
        let leap = try Self.cycle("2028-02-29T00:00:00Z", 1, .year, zone: "UTC")
        #expect(
            [1, 4].map { leap.boundary($0).rfc3339 } == [
                "2029-02-28T00:00:00.000Z", "2032-02-29T00:00:00.000Z",
            ])
    }

    @Test("days are as long as clocks make them")
    func clockChanges() throws {
        let spring = try Self.cycle("2027-03-27T12:00:00+01:00", 1, .day)
        #expect(spring.period(at: spring.anchor).seconds == 23 * 3_600)
        #expect(spring.period(at: spring.boundary(1)).seconds == 86_400)
        let autumn = try Self.cycle("2027-10-30T12:00:00+02:00", 1, .day)
        #expect(autumn.period(at: autumn.anchor).seconds == 25 * 3_600)
        // 02:30 does not exist on 28 March: the period begins as soon as clocks have passed it.
        let skipped = try Self.cycle("2027-03-27T02:30:00+01:00", 1, .day)
        #expect(skipped.boundary(1).rfc3339 == "2027-03-28T01:30:00.000Z")
        #expect(skipped.boundary(2).rfc3339 == "2027-03-29T00:30:00.000Z")
    }

    @Test(
        "periods meet without a gap or an overlap, and every moment lies in exactly one",
        arguments: BillingInterval.Unit.allCases,
        ["Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC"])
    func noGaps(unit: BillingInterval.Unit, zone: String) throws {
        for (anchor, count) in [("2024-01-31T01:59:59Z", 1), ("2027-10-31T00:30:00Z", 3)] {
            let cycle = try Self.cycle(anchor, count, unit, zone: zone)
            for index in -30...60 {
                let (start, end) = (cycle.boundary(index), cycle.boundary(index + 1))
                #expect(start < end)
                let whole = Period(start: start, end: end)
                #expect(cycle.period(at: start) == whole)
                #expect(cycle.period(at: end - .microseconds(1)) == whole)
                #expect(cycle.period(at: end).start == end)
            }
        }
    }

    @Test("an interval counts from 1 to 366")
    func bounds() {
        #expect(BillingInterval(0, .day) == nil && BillingInterval(367, .day) == nil)
        #expect(BillingInterval(1, .day) != nil && BillingInterval(366, .day) != nil)
    }

    @Test("every state of a subscription allows what its life allows, and nothing else")
    func life() throws {
        typealias Violation = SubscriptionRuleViolation
        for state in SubscriptionState.allCases {
            for ends in [false, true] where !(state == .cancelled && ends) {
                var life = SubscriptionLife(state: state, endsWithPeriod: ends)
                let isOver: Violation? = state == .cancelled ? .isCancelled : nil
                #expect(Self.refusal { try life.cancelNow() } == isOver)
                #expect(life.state == .cancelled && !life.endsWithPeriod)

                life = SubscriptionLife(state: state, endsWithPeriod: ends)
                #expect(Self.refusal { try life.cancelAtEnd() } == (isOver ?? (ends ? .endsAlready : nil)))

                life = SubscriptionLife(state: state, endsWithPeriod: ends)
                let paused: Violation? = state == .paused ? .isPaused : isOver
                #expect(Self.refusal { try life.checkChange() } == paused)
                #expect(Self.refusal { try life.pause() } == paused)

                life = SubscriptionLife(state: state, endsWithPeriod: ends)
                let idle: Violation? = state == .paused || ends ? nil : .nothingToResume
                #expect(Self.refusal { try life.resume(in: .paid) } == (isOver ?? idle))
                if life.state != .cancelled { #expect(!life.endsWithPeriod && life.state != .paused) }
            }
        }
    }

    @Test("what follows a period is its end, a rest or the next one")
    func endOfPeriod() throws {
        func after(_ state: SubscriptionState, ends: Bool) -> (PeriodKind, SubscriptionState) {
            var life = SubscriptionLife(state: state, endsWithPeriod: ends)
            let kind = life.passEnd()
            return (kind, life.state)
        }
        #expect(after(.trialing, ends: false) == (.paid, .active))
        #expect(after(.active, ends: false) == (.paid, .active))
        #expect(after(.paused, ends: false) == (.rest, .paused))
        for state in SubscriptionState.allCases where state != .cancelled {
            #expect(after(state, ends: true) == (.end, .cancelled))
        }
        #expect(after(.cancelled, ends: false) == (.end, .cancelled))
    }

    private static func refusal(_ work: () throws -> Void) -> SubscriptionRuleViolation? {
        do {
            try work()
            return nil
        } catch {
            return error as? SubscriptionRuleViolation
        }
    }
}
