import Primitives
import Testing

@Suite struct InstalmentTests {
    static let today = CivilDate(daysSince1970: 20_000)

    static func parts(_ amounts: [Int64]) -> [Instalment] {
        amounts.enumerated().map { index, amount in
            Instalment(number: index + 1, dueDate: today.adding(days: 10 * index), amount: amount)
        }
    }

    static let divisions: [[Int64]] = (1...4).flatMap { first in
        (1...4).flatMap { second in (1...4).map { [first, second, $0] } }
    }

    @Test("money and credit are divided among the parts without a unit lost or found", arguments: divisions)
    func sums(amounts: [Int64]) {
        let total = amounts.reduce(0, +)
        for credited in 0...total {
            for paid in 0...total + 2 {
                let all = InstalmentStanding.all(of: Self.parts(amounts), paid: paid, credited: credited)
                let open = max(0, total - credited - paid)
                #expect(all.map(\.due).reduce(0, +) == open)
                #expect(all.map(\.credited).reduce(0, +) == credited)
                #expect(all.map(\.paid).reduce(0, +) == min(paid, total - credited))
                #expect(all.allSatisfy { $0.due >= 0 && $0.paid >= 0 && $0.credited >= 0 })
                // Money comes first to the first: after a part that is open none has got any.
                let firstOpen = all.firstIndex { $0.due > 0 } ?? all.count
                #expect(all.dropFirst(firstOpen + 1).allSatisfy { $0.paid == 0 })
                // Credit comes first to the last: before a part that keeps something none has lost any.
                let lastKept = all.lastIndex { $0.credited < $0.instalment.amount } ?? -1
                #expect(all.prefix(max(0, lastKept)).allSatisfy { $0.credited == 0 })
                #expect(all.next?.instalment.number == (open > 0 ? firstOpen + 1 : nil))
            }
        }
    }

    @Test("a word for each part: paid, overdue, partially paid, open")
    func words() {
        let all = InstalmentStanding.all(of: Self.parts([100, 100, 100]), paid: 150, credited: 20)
        let day = Self.today
        #expect(all.map { $0.status(on: day) } == [.paid, .partiallyPaid, .open])
        #expect(all.map { $0.status(on: day.adding(days: 10)) } == [.paid, .partiallyPaid, .open])
        #expect(all.map { $0.status(on: day.adding(days: 11)) } == [.paid, .overdue, .open])
        #expect(all.map { $0.status(on: day.adding(days: 21)) } == [.paid, .overdue, .overdue])
    }

    @Test("nothing is due on what was cancelled, and nothing of it is overdue")
    func cancelled() {
        let all = InstalmentStanding.all(of: Self.parts([5, 5]), paid: 0, credited: 0, isOwed: false)
        #expect(all.map(\.due) == [0, 0])
        #expect(all.map { $0.status(on: Self.today.adding(days: 99)) } == [.open, .open])
        #expect(all.next == nil)
    }
}
