import Primitives
import Testing

@Suite("How far a series has come") struct RecurringSeriesTests {
    private static func series(
        _ state: SeriesState = .active, count: Int? = nil, position: Int = 0
    ) throws -> RecurringSeries {
        let rule = try RecurrenceRule(
            start: try #require(CivilDate("2027-01-31")), time: .chargeTime, zone: .utc, every: 1,
            unit: .month, count: count)
        return RecurringSeries(
            state: state, rule: rule, position: position, skipped: [], generation: 5)
    }

    private static func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private static func moment(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    @Test("what was timed for another generation means nothing, nor does anything while it is not active")
    func accepts() throws {
        for state in SeriesState.allCases {
            let series = try Self.series(state)
            #expect(series.accepts(generation: 5) == (state == .active))
            #expect(!series.accepts(generation: 4) && !series.accepts(generation: 6))
        }
    }

    @Test("day follows day, and after the last it is finished")
    func passes() throws {
        var series = try Self.series(count: 3)
        #expect(series.next?.date.description == "2027-01-31")
        series.pass()
        #expect(series.next?.date.description == "2027-02-28")
        series.pass()
        #expect(series.state == .active)
        series.pass()
        #expect(series.state == .finished && series.next == nil && series.upcoming(limit: 12).isEmpty)
        #expect(series.generation == 5)
    }

    @Test("pause and resume: which of them is allowed where", arguments: SeriesState.allCases)
    func transitions(state: SeriesState) throws {
        let now = try Self.moment("2027-01-01T00:00:00Z")
        let over: SeriesViolation? =
            switch state {
            case .finished: .isFinished
            case .cancelled: .isCancelled
            case .active, .paused, .needsAttention: nil
            }
        func expect(
            _ refusal: SeriesViolation?, _ after: SeriesState, raises: Int64 = 1,
            _ change: (inout RecurringSeries) throws -> Void
        ) throws {
            var series = try Self.series(state)
            guard let refusal = over ?? refusal else {
                try change(&series)
                #expect(series.state == after && series.generation == 5 + raises)
                return
            }
            #expect(throws: refusal) { try change(&series) }
            #expect(series.state == state && series.generation == 5)
        }
        try expect(state == .paused ? .isPaused : nil, .paused) { series in try series.pause() }
        try expect(state == .active ? .isActive : nil, .active) { series in
            try series.resume(.skip, at: now)
        }
        try expect(nil, .cancelled) { series in try series.cancel() }
        try expect(nil, state == .paused ? .paused : .active) { series in try series.change(to: nil) }
        try expect(nil, state, raises: 0) { series in try series.skip(nil) }
    }

    @Test("after a pause the days that were missed are passed over, or made up, as it is asked for")
    func missed() throws {
        let now = try Self.moment("2027-04-30T08:59:59Z")
        var skipping = try Self.series(.paused, position: 1)
        try skipping.resume(.skip, at: now)
        #expect(skipping.next?.date.description == "2027-04-30")
        var late = try Self.series(.paused, position: 1)
        try late.resume(.skip, at: now + .seconds(1))
        #expect(late.next?.date.description == "2027-05-31")
        var making = try Self.series(.needsAttention, position: 1)
        try making.resume(.makeUp, at: now)
        #expect(making.next?.date.description == "2027-02-28")
        // What was to come is never brought forward or left out.
        var early = try Self.series(.paused, position: 6)
        try early.resume(.skip, at: now)
        #expect(early.position == 6)
        var over = try Self.series(.paused, count: 3, position: 1)
        try over.resume(.skip, at: now)
        #expect(over.state == .finished)
    }

    @Test("a day to come is skipped once, and takes its place in the number of days")
    func skips() throws {
        var series = try Self.series(count: 4, position: 1)
        #expect(try series.skip(nil).description == "2027-02-28")
        #expect(try series.skip(nil).description == "2027-03-31")
        #expect(throws: SeriesViolation.isSkipped) { try series.skip(try Self.day("2027-03-31")) }
        for day in ["2027-01-31", "2027-04-01", "2027-05-31"] {
            #expect(throws: SeriesViolation.notOneOfItsDays) { try series.skip(try Self.day(day)) }
        }
        #expect(series.upcoming(limit: 12).map(\.description) == ["2027-04-30"])
        #expect(series.next?.isSkipped == true)
        series.pass()
        #expect(series.skipped.map(\.description) == ["2027-03-31"])
        try series.skip(nil)
        #expect(throws: SeriesViolation.notOneOfItsDays) { try series.skip(nil) }
    }

    @Test("no more days are kept in mind than there is room for")
    func skipLimit() throws {
        var series = try Self.series()
        for _ in 0..<RecurringSeries.skippedMaximum { try series.skip(nil) }
        #expect(throws: SeriesViolation.tooManySkipped) { try series.skip(nil) }
    }

    @Test("another rule begins with its first day and keeps the skipped days that it has")
    func changes() throws {
        var series = try Self.series(.needsAttention, position: 1)
        try series.skip(try Self.day("2027-02-28"))
        try series.skip(try Self.day("2027-03-31"))
        let weekly = try RecurrenceRule(
            start: try Self.day("2027-02-28"), time: .chargeTime, zone: .utc, every: 1, unit: .week)
        try series.change(to: weekly)
        #expect(series.state == .active && series.position == 0 && series.generation == 6)
        #expect(series.skipped.map(\.description) == ["2027-02-28"])
        #expect(series.upcoming(limit: 2).map(\.description) == ["2027-03-07", "2027-03-14"])
    }

    @Test("a series that follows an invoice begins with its second day, and leaves out what has passed")
    func following() throws {
        let rule = try Self.series(count: 3).rule
        let before = RecurringSeries(
            rule: rule, followingFirstAfter: try Self.moment("2026-06-01T00:00:00Z"))
        #expect(before.next?.date.description == "2027-02-28" && before.generation == 1)
        let between = RecurringSeries(
            rule: rule, followingFirstAfter: try Self.moment("2027-03-01T00:00:00Z"))
        #expect(between.next?.date.description == "2027-03-31")
        let after = RecurringSeries(
            rule: rule, followingFirstAfter: try Self.moment("2028-01-01T00:00:00Z"))
        #expect(after.state == .finished)
    }
}
