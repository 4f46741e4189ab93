import InvoiceDomain
import Primitives
import Testing

@Suite struct InstalmentTermsTests {
    static let issued = CivilDate(daysSince1970: 20_500)

    private func share(_ millionths: Int64, plus days: Int) throws -> InstalmentTerms.Share {
        InstalmentTerms.Share(
            dueDate: Self.issued.adding(days: days),
            percentage: try #require(Percentage(partsPerMillion: millionths)))
    }

    private func amount(_ amount: Int64, plus days: Int) -> InstalmentTerms.Amount {
        InstalmentTerms.Amount(dueDate: Self.issued.adding(days: days), amount: amount)
    }

    private func refusal(_ terms: InstalmentTerms, of total: Int64) -> InstalmentViolation? {
        do throws(InstalmentViolation) {
            _ = try terms.parts(of: total, issuedOn: Self.issued)
            return nil
        } catch {
            return error
        }
    }

    @Test("shares come to the total exactly, whatever it is", arguments: 3...400 as ClosedRange<Int64>)
    func shares(total: Int64) throws {
        let terms = InstalmentTerms.shares([
            try share(333_333, plus: 0), try share(333_333, plus: 30), try share(333_334, plus: 60),
        ])
        let parts = try terms.parts(of: total, issuedOn: Self.issued)
        #expect(parts.map(\.amount).reduce(0, +) == total)
        #expect(parts.map(\.number) == [1, 2, 3])
        #expect((parts.map(\.amount).max() ?? 0) - (parts.map(\.amount).min() ?? 0) <= 1)
    }

    @Test("equal parts and a deposit come to the total exactly", arguments: 1...12)
    func schedules(count: Int) throws {
        let half = try #require(Percentage(partsPerMillion: 333_333))
        for total in [100, 101, 999, 1_000_003] as [Int64] {
            for deposit in [nil, .percent(half), .fixed(7)] as [InstalmentSchedule.Deposit?] {
                let schedule = InstalmentSchedule(
                    count: count, every: 1, unit: .month, firstDueDate: Self.issued.adding(days: 14),
                    deposit: deposit)
                guard count > 1 || deposit != nil else {
                    #expect(refusal(.schedule(schedule), of: total) == .countOutOfRange)
                    continue
                }
                let parts = try InstalmentTerms.schedule(schedule).parts(of: total, issuedOn: Self.issued)
                #expect(parts.count == count + (deposit == nil ? 0 : 1))
                #expect(parts.map(\.amount).reduce(0, +) == total)
                #expect(deposit == nil || parts[0].dueDate == Self.issued)
            }
        }
    }

    @Test("a short month does not move the parts after it")
    func monthEnds() throws {
        let first = try #require(CivilDate("2027-01-31"))
        let schedule = InstalmentSchedule(count: 4, every: 1, unit: .month, firstDueDate: first)
        let parts = try InstalmentTerms.schedule(schedule).parts(of: 400, issuedOn: Self.issued)
        #expect(
            parts.map(\.dueDate.description) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"])
    }

    @Test("a deposit of what is issued late is due with the first part, not after it")
    func lateDeposit() throws {
        let schedule = InstalmentSchedule(
            count: 2, every: 1, unit: .week, firstDueDate: Self.issued.adding(days: -3), deposit: .fixed(10))
        let parts = try InstalmentTerms.schedule(schedule).parts(of: 100, issuedOn: Self.issued)
        #expect(parts.map(\.amount) == [10, 45, 45])
        #expect(parts[0].dueDate == parts[1].dueDate)
    }

    @Test("what does not fit is refused, each for its reason")
    func refusals() throws {
        #expect(
            refusal(.amounts([amount(40, plus: 0), amount(59, plus: 9)]), of: 100)
                == .amountsDoNotAddUp(sum: 99, total: 100))
        #expect(
            refusal(.amounts([amount(40, plus: 9), amount(60, plus: 8)]), of: 100) == .datesDescend(2))
        #expect(refusal(.amounts([amount(0, plus: 0), amount(100, plus: 9)]), of: 100) == .partEmpty(1))
        #expect(refusal(.amounts([amount(100, plus: 0)]), of: 100) == .countOutOfRange)
        let many = (0...InstalmentTerms.maximumCount).map { amount(1, plus: $0) }
        #expect(refusal(.amounts(many), of: 61) == .countOutOfRange)
        #expect(
            refusal(.shares([try share(500_000, plus: 0), try share(499_999, plus: 1)]), of: 100)
                == .sharesNotWhole)
        #expect(
            refusal(.shares([try share(500_000, plus: 0), try share(500_000, plus: 1)]), of: 1)
                == .partEmpty(2))
        let whole = InstalmentSchedule(
            count: 1, every: 1, unit: .day, firstDueDate: Self.issued, deposit: .fixed(100))
        #expect(refusal(.schedule(whole), of: 100) == .depositTooLarge)
        let endless = InstalmentSchedule(
            count: 60, every: 366, unit: .year, firstDueDate: Self.issued.adding(days: 1))
        #expect(refusal(.schedule(endless), of: 100) == .datesOutOfRange)
    }

    @Test("amounts that a sum would overflow are refused, not added up")
    func overflow() {
        let huge = [amount(.max, plus: 0), amount(.max, plus: 1)]
        #expect(refusal(.amounts(huge), of: 100) == .amountsDoNotAddUp(sum: .max, total: 100))
    }
}
