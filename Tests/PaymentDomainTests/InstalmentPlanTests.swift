import PaymentDomain
import Primitives
import Testing

@Suite struct InstalmentPlanTests {
    private static let dollar = Currency(code: "USD") ?? Currency.all[0]
    private static let first = CivilDate(daysSince1970: 20_000)

    @Test(
        "a plan takes what is open of all parts up to its own, whatever was paid and credited",
        arguments: [[1, 2, 3], [3, 1, 1], [2, 2, 2], [5, 1, 4]] as [[Int64]])
    func amounts(sizes: [Int64]) {
        let parts = sizes.enumerated().map { index, amount in
            Instalment(number: index + 1, dueDate: Self.first.adding(days: index), amount: amount)
        }
        let total = sizes.reduce(0, +)
        for credited in 0...total {
            for paid in 0...total + 1 {
                for isVoided in [false, true] {
                    let payable = Payable(
                        invoiceID: InvoiceID(.v7()), currency: Self.dollar, totalMinor: total,
                        creditedMinor: credited, isVoided: isVoided, collectedMinor: paid)
                    let standings = InstalmentStanding.all(
                        of: parts, paid: paid, credited: credited, isOwed: !isVoided)
                    var through: Int64 = 0
                    for (index, part) in parts.enumerated() {
                        through += part.amount
                        #expect(
                            payable.openMinor(through: through)
                                == standings.prefix(index + 1).map(\.due).reduce(0, +))
                    }
                    #expect(payable.openMinor(through: nil) == payable.openMinor)
                }
            }
        }
    }

    @Test("a part is charged on its own day, or as late as the payer wants to be after the issue")
    func days() throws {
        let zone = try #require(Zone("Europe/Berlin"))
        let issued = try #require(CivilDate("2026-03-06"))
        let now = try #require(Instant(rfc3339: "2026-03-06T20:00:00Z"))
        func due(days: Int, part: Int) -> (date: CivilDate, at: Instant) {
            ChargePlan.due(
                issueDate: issued, days: days, partDue: issued.adding(days: part), zone: zone, now: now)
        }
        #expect(due(days: 0, part: 0).at == now)
        #expect(due(days: 0, part: 30).date == issued.adding(days: 30))
        #expect(due(days: 0, part: 30).at.rfc3339 == "2026-04-05T07:00:00.000Z")
        #expect(due(days: 40, part: 30).date == issued.adding(days: 40))
        #expect(due(days: 3, part: -5).date == issued.adding(days: 3))
        #expect(due(days: 0, part: -5).at == now)
    }

    @Test("a due of a part that has come already is cancelled, though the invoice is open")
    func settled() {
        let payable = Payable(
            invoiceID: InvoiceID(.v7()), currency: Self.dollar, totalMinor: 300, collectedMinor: 100)
        func decide(_ through: Int64?) -> DueDecision {
            DueDecision.decide(
                plan: (.planned, 1, 0), due: (1, 0), payable: payable, through: through, mandate: .active,
                isLeased: false)
        }
        #expect(decide(100) == .cancel(reason: "settled"))
        #expect(decide(200) == .charge)
        #expect(decide(nil) == .charge)
    }
}
