import PaymentDomain
import Primitives
import Testing

@Suite("The money of a standing order goes to the oldest invoices") struct StandingOrderTests {
    private static let ids = (1...4).map { InvoiceID(RawID(high: UInt64($0), low: 7)) }

    @Test(
        "nothing is lost, nobody gets too much, and a younger invoice gets something only after all older ones"
    )
    func settles() {
        let amounts: [Int64] = [0, 1, 3, 10]
        for first in amounts {
            for second in amounts {
                for third in amounts {
                    for paid in Int64(0)...25 {
                        let open = [(Self.ids[2], third), (Self.ids[0], first), (Self.ids[1], second)]
                        let (parts, rest) = StandingOrder.settle(
                            paid, open: open.map { (invoiceID: $0.0, openMinor: $0.1) })
                        #expect(parts.reduce(0) { $0 + $1.amountMinor } + rest == paid)
                        #expect(rest == max(0, paid - first - second - third))
                        let got = Dictionary(
                            uniqueKeysWithValues: parts.map { ($0.invoiceID, $0.amountMinor) })
                        #expect(got[Self.ids[0], default: 0] == min(paid, first))
                        #expect(got[Self.ids[1], default: 0] == min(max(0, paid - first), second))
                        #expect(got[Self.ids[2], default: 0] == min(max(0, paid - first - second), third))
                        #expect(parts.allSatisfy { $0.amountMinor > 0 })
                        #expect(parts.map(\.invoiceID) == parts.map(\.invoiceID).sorted())
                    }
                }
            }
        }
    }

    @Test("a day of an order has one payment, and no other day or order has it")
    func ids() throws {
        let orders = (1...3).map { StandingOrderID(RawID(high: UInt64($0), low: 9)) }
        let days = (20_000...20_030).map { CivilDate(daysSince1970: $0) }
        let all = orders.flatMap { order in days.map { StandingOrder.paymentID(of: order, day: $0) } }
        #expect(Set(all).count == all.count)
        #expect(StandingOrder.paymentID(of: orders[0], day: days[0]) == all[0])
    }
}
