import InvoiceDomain
import Primitives
import Testing

@Suite struct CountedInvoiceTests {
    private static let amounts = [0, 1, 50, 100, 130] as [Int64]

    /// Every standing that a few amounts can make, whether or not an invoice ever gets there.
    private static let standings: [InvoiceStanding] = InvoiceState.allCases.flatMap { state in
        amounts.flatMap { paid in
            amounts.filter { $0 <= paid }.flatMap { refunded in
                [true, false].map {
                    InvoiceStanding(
                        state: state, amounts: InvoiceAmounts(total: 100, paid: paid, refunded: refunded),
                        isProcessing: $0)
                }
            }
        }
    }

    /// What the rules allow: an issued invoice is open or paid, a draft and a voided one are as they may be.
    private static let reachable = standings.filter { standing in
        switch standing.state {
        case .draft: standing.amounts.paid == 0 && !standing.isProcessing
        case .finalized, .uncollectible: standing.amounts.open > 0
        case .paid: standing.amounts.open == 0
        case .voided: !standing.isProcessing
        }
    }

    private static func counted(_ standing: InvoiceStanding) -> CountedInvoice {
        CountedInvoice(
            standing: standing, dueDate: CivilDate(daysSince1970: 20_030),
            issueDate: standing.state == .draft ? nil : CivilDate(daysSince1970: 20_000),
            finalizedAt: Instant(seconds: 1_000), paidAt: Instant(seconds: 1_090))
    }

    @Test("a debt is always one of those that are possible in its state")
    func debts() {
        for standing in Self.reachable {
            #expect(DebtState.possible(in: standing.state).contains(standing.debt), "\(standing)")
        }
    }

    @Test("going somewhere and back changes no statistic, and a detour counts as the direct way does")
    func changes() {
        for one in Self.reachable {
            for other in Self.reachable {
                let (first, second) = (Self.counted(one), Self.counted(other))
                let there = CountedInvoice.changes(from: first, to: second)
                let back = CountedInvoice.changes(from: second, to: first)
                #expect(there.mapValues { -$0 } == back)
                #expect(there.values.allSatisfy { $0 != .zero })
                var detour = CountedInvoice.changes(from: first, to: nil)
                for (key, value) in CountedInvoice.changes(from: nil, to: second) {
                    detour[key] = (detour[key] ?? .zero) + value
                }
                #expect(detour.filter { $0.value != .zero } == there)
            }
        }
    }

    @Test("a draft counts for nothing, a paid invoice for the time it took")
    func contributions() {
        let draft = InvoiceStanding(state: .draft, amounts: InvoiceAmounts(total: 100))
        #expect(Self.counted(draft).contributions.isEmpty)
        let paid = InvoiceStanding(state: .paid, amounts: InvoiceAmounts(total: 100, paid: 100))
        let key = StatisticKey(day: CivilDate(daysSince1970: 20_000), measure: .paid)
        #expect(
            Self.counted(paid).contributions[key] == StatisticValue(count: 1, amount: 100, seconds: 90))
        #expect(Self.counted(paid).isPlainlyPaid)
    }

    @Test(
        "a measure is stored as a text and read back",
        arguments: [
            .issued, .voided, .paid, .uncollectible, .open, .collected(method: "card"),
            .refunded(method: "by/hand"),
        ] as [StatisticMeasure])
    func measures(measure: StatisticMeasure) {
        #expect(StatisticMeasure(measure.text) == measure)
        #expect(StatisticMeasure(measure.text + "x/y/") != measure)
        #expect(StatisticMeasure("") == nil)
    }
}
