import Primitives
import SchedulerDomain
import Testing

@Suite("Rules") struct RuleTests {
    private static let first = CivilDate(year: 2026, month: 1, day: 15)
    private static let at = Instant(seconds: 1_800_000_000)

    private static let refused: [(RuleFields, RuleViolation)] = [
        (RuleFields(), .missingStart),
        (RuleFields(time: .midnight), .missingStart),
        (RuleFields(every: 1, unit: .day), .missingStart),
        (RuleFields(at: at, every: 1, unit: .day), .missingStart),
        (RuleFields(at: at, date: first), .momentAndDay),
        (RuleFields(at: at, time: .midnight), .momentAndDay),
        (RuleFields(date: first, every: 1), .incompleteRepetition),
        (RuleFields(date: first, unit: .day), .incompleteRepetition),
        (RuleFields(date: first, every: 0, unit: .day), .intervalOutOfRange),
        (RuleFields(date: first, every: -1, unit: .day), .intervalOutOfRange),
        (RuleFields(date: first, every: 1_001, unit: .year), .intervalOutOfRange),
        (RuleFields(date: first, every: 1, unit: .month, anchorDay: 0), .anchorDayOutOfRange),
        (RuleFields(date: first, every: 1, unit: .month, anchorDay: 32), .anchorDayOutOfRange),
        (RuleFields(date: first, every: 1, unit: .week, anchorDay: 3), .anchorDayWithoutMonths),
        (RuleFields(date: first, every: 1, unit: .day, count: 0), .countOutOfRange),
        (RuleFields(date: first, every: 1, unit: .day, count: 1_000_001), .countOutOfRange),
        (
            RuleFields(date: first, every: 1, unit: .day, until: CivilDate(year: 2026, month: 1, day: 14)),
            .endsBeforeItBegins
        ),
        (RuleFields(date: first, count: 1), .limitWithoutRepetition),
        (RuleFields(date: first, until: first), .limitWithoutRepetition),
        (RuleFields(at: at, anchorDay: 5), .limitWithoutRepetition),
    ]

    @Test("a rule that contradicts itself is refused with its reason", arguments: refused)
    func refusals(fields: RuleFields, violation: RuleViolation) {
        #expect(throws: violation) { try ScheduleRule(fields) }
    }

    @Test("every kind of violation is covered") func coverage() {
        #expect(Set(Self.refused.map(\.1)) == Set(RuleViolation.allCases))
    }

    @Test("a day without a time means 09:00") func chargeTime() throws {
        let rule = try ScheduleRule(RuleFields(date: Self.first))
        #expect(rule == .day(try day("2026-01-15"), .chargeTime))
    }
}

@Suite("Generations") struct ScheduleVersionTests {
    @Test("in whatever order messages arrive, the same one wins") func permutations() {
        let versions = (1...3).flatMap { generation in
            [false, true].map { ScheduleVersion(generation: Int64(generation), isCancelled: $0) }
        }
        for subset in 1..<(1 << versions.count) {
            let messages = versions.indices.filter { subset & (1 << $0) != 0 }.map { versions[$0] }
            let winners = Set(permuted(messages).map(winner))
            #expect(winners.count == 1)
        }
    }

    @Test("the higher generation wins, among equals the cancellation, and a repetition changes nothing")
    func rules() {
        let request = ScheduleVersion(generation: 2, isCancelled: false)
        let cancellation = ScheduleVersion(generation: 2, isCancelled: true)
        #expect(request.replaces(nil) && cancellation.replaces(nil))
        #expect(cancellation.replaces(request))
        #expect(!request.replaces(cancellation))
        #expect(!request.replaces(request) && !cancellation.replaces(cancellation))
        #expect(ScheduleVersion(generation: 3, isCancelled: false).replaces(cancellation))
        #expect(!ScheduleVersion(generation: 1, isCancelled: true).replaces(request))
    }

    private func winner(_ messages: [ScheduleVersion]) -> ScheduleVersion? {
        messages.reduce(nil as ScheduleVersion?) { known, message in message.replaces(known) ? message : known
        }
    }

    private func permuted(_ list: [ScheduleVersion]) -> [[ScheduleVersion]] {
        guard list.count > 1 else { return [list] }
        return list.indices.flatMap { index in
            var rest = list
            let first = rest.remove(at: index)
            return permuted(rest).map { [first] + $0 }
        }
    }
}
