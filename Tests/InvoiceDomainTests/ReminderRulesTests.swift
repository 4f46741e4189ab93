import InvoiceDomain
import Primitives
import Testing

@Suite("When reminders are due") struct ReminderRulesTests {
    private let today = CivilDate(daysSince1970: 20_000)

    @Test("a day alone has one step for each rule, in the order of due dates")
    func oneDay() {
        let steps = ReminderRules.usual.steps(after: today.adding(days: -1), through: today)
        #expect(steps.map(\.days) == [14, 7, 0, -3])
        #expect(steps.allSatisfy { $0.day == today })
        #expect(steps.map(\.dueDate) == steps.map(\.dueDate).sorted())
    }

    @Test("whatever was missed, no due date comes twice, no day is too old, and the last rule wins")
    func absence() throws {
        for days in [[0], [-3, 0, 7, 14], [0, 1, 2, 3], [-60, 180], [5, 6]] {
            let rules = ReminderRules(isEnabled: true, days: days)
            for missed in 1...20 {
                let done = today.adding(days: -missed)
                let steps = rules.steps(after: done, through: today)
                #expect(Set(steps.map(\.dueDate)).count == steps.count)
                // By hand: every due date of the last year, and the rules whose day lies in what is made up.
                let first = max(done.adding(days: 1), today.adding(days: 1 - ReminderRules.catchUpDays))
                var expected: [CivilDate: Int] = [:]
                for back in -200...200 {
                    let due = today.adding(days: back)
                    let hits = days.filter { (first...today).contains(due.adding(days: $0)) }
                    if let last = hits.max() { expected[due] = last }
                }
                #expect(steps.count == expected.count)
                #expect(steps.allSatisfy { expected[$0.dueDate] == $0.days })
            }
        }
    }

    @Test("day by day, each rule of a due date comes once")
    func dayByDay() {
        var sent: [CivilDate: [Int]] = [:]
        for day in 0..<60 {
            let come = today.adding(days: day)
            for step in ReminderRules.usual.steps(after: come.adding(days: -1), through: come) {
                sent[step.dueDate, default: []].append(step.days)
            }
        }
        #expect(sent[today.adding(days: 20)] == [-3, 0, 7, 14])
    }

    @Test("nothing is due twice a day, on an earlier day, or where reminders are off")
    func nothing() {
        #expect(ReminderRules.usual.steps(after: today, through: today) == [])
        #expect(ReminderRules.usual.steps(after: today.adding(days: 1), through: today) == [])
        let off = ReminderRules(isEnabled: false, days: [0])
        #expect(off.steps(after: today.adding(days: -1), through: today) == [])
        #expect(ReminderRules(isEnabled: true, days: [7, 0, 7, -3]).days == [-3, 0, 7])
    }

    @Test("before the due date what collects itself is announced; after it everybody is asked")
    func kinds() {
        #expect(ReminderKind(daysAfterDue: -3, isAutopay: false) == .reminder)
        #expect(ReminderKind(daysAfterDue: 0, isAutopay: true) == .announcement)
        #expect(ReminderKind(daysAfterDue: 1, isAutopay: true) == .overdue)
        #expect(ReminderKind(daysAfterDue: 1, isAutopay: false) == .overdue)
    }
}
