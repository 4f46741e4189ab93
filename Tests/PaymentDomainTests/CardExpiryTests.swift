import PaymentDomain
import Primitives
import Testing

@Suite("A card that will not work much longer")
struct CardExpiryTests {
    @Test(
        "is told of once 30 and once 7 days ahead, whatever days are looked at",
        arguments: [1, 2, 3, 5, 7, 10, 24, 31])
    func everyDay(step: Int) throws {
        let last = try #require(CivilDate("2028-02-29"))
        for start in 0..<step {
            var told: [Int] = []
            var next = 30
            for day in stride(from: -60 + start, through: 40, by: step) {
                let decision = CardExpiry.decide(
                    expiresOn: last, nextNotice: next, today: last.adding(days: day))
                if let tells = decision.tells {
                    #expect(day >= -tells && day <= 0 && tells < told.last ?? 31)
                    told.append(tells)
                }
                #expect(decision.next <= next)
                next = decision.next
            }
            #expect(next == 0)
            #expect(told == [30, 7] || step > 7 && (told == [7] || told == [30] || told == []))
        }
    }

    @Test(
        "after an absence only with the last notice, and not at all once it has expired",
        arguments: [
            (-31, 30, nil, 30), (-30, 30, 30, 7), (-8, 7, nil, 7), (-7, 30, 7, 0), (0, 7, 7, 0),
            (1, 30, nil, 0), (-3, 0, nil, 0),
        ]
            as [(Int, Int, Int?, Int)])
    func decisions(day: Int, nextNotice: Int, tells: Int?, next: Int) throws {
        let last = try #require(CivilDate("2027-03-31"))
        let decision = CardExpiry.decide(
            expiresOn: last, nextNotice: nextNotice, today: last.adding(days: day))
        #expect(decision.tells == tells && decision.next == next)
    }
}
