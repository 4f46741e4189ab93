import PaymentDomain
import Primitives
import Testing

private let invoice = InvoiceID(RawID(high: 1, low: 1))

@Suite("What is owed, what is too much, and what a payer has permitted")
struct MoneyRulesTests {
    private func payable(
        total: Int64, credited: Int64 = 0, voided: Bool = false, collected: Int64 = 0, refunded: Int64 = 0,
        moved: Int64 = 0
    ) throws -> Payable {
        Payable(
            invoiceID: invoice, currency: try #require(Currency(code: "USD")), totalMinor: total,
            creditedMinor: credited,
            isVoided: voided, collectedMinor: collected, refundedMinor: refunded, movedToCreditMinor: moved)
    }

    @Test(
        "open and surplus follow from the columns",
        arguments: [
            // total, credited, voided, collected, refunded, moved, open, surplus
            (1000, 0, false, 0, 0, 0, 1000, -1000), (1000, 0, false, 400, 0, 0, 600, -600),
            (1000, 0, false, 1000, 0, 0, 0, 0),
            (1000, 0, false, 1500, 0, 0, 0, 500), (1000, 0, false, 1500, 500, 0, 0, 0),
            (1000, 300, false, 1000, 0, 0, 0, 300),
            (1000, 0, true, 1000, 0, 0, 0, 1000), (1000, 0, true, 1000, 600, 400, 0, 0),
            (1000, 0, true, 0, 0, 0, 0, 0),
            (1000, 1000, false, 0, 0, 0, 0, 0), (0, 0, false, 0, 0, 0, 0, 0),
        ] as [(Int64, Int64, Bool, Int64, Int64, Int64, Int64, Int64)])
    func columns(
        total: Int64, credited: Int64, voided: Bool, collected: Int64, refunded: Int64, moved: Int64,
        open: Int64, surplus: Int64
    ) throws {
        let payable = try payable(
            total: total, credited: credited, voided: voided, collected: collected, refunded: refunded,
            moved: moved)
        #expect(payable.openMinor == open)
        #expect(payable.surplusMinor == surplus)
    }

    @Test("giving a surplus back leaves none, whatever happened before")
    func surplusEnds() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var payable = try payable(
                total: .random(in: 0...1000, using: &random), credited: .random(in: 0...500, using: &random),
                voided: .random(),
                collected: .random(in: 0...2000, using: &random))
            #expect(payable.openMinor >= 0)
            if payable.surplusMinor > 0 { payable.refundedMinor += payable.surplusMinor }
            #expect(payable.surplusMinor <= 0)
            #expect(
                payable.isVoided
                    || payable.openMinor
                        == max(0, payable.totalMinor - payable.creditedMinor - payable.collectedMinor)
            )
        }
    }

    @Test(
        "a mandate permits up to its caps and nothing when it does not hold",
        arguments: Mandate.Status.allCases)
    func mandate(status: Mandate.Status) throws {
        let dollar = try #require(Currency(code: "USD"))
        let euro = try #require(Currency(code: "EUR"))
        let mandate = Mandate(
            id: MandateID(RawID(high: 2, low: 2)), status: status, chargeAfterDays: 3, currency: dollar,
            capPerChargeMinor: 500,
            capPerMonthMinor: 800)
        func refusal(_ minor: Int64, _ month: Int64, _ currency: Currency) -> Mandate.Refusal? {
            mandate.refusal(of: Money(minorUnits: minor, currency: currency), chargedThisMonthMinor: month)
        }
        guard status == .active else {
            #expect(refusal(1, 0, dollar) == .notActive)
            return
        }
        #expect(refusal(500, 300, dollar) == nil)
        #expect(refusal(501, 0, dollar) == .abovePerCharge)
        #expect(refusal(500, 301, dollar) == .abovePerMonth)
        #expect(refusal(1, 0, euro) == .otherCurrency)
        let free = Mandate(id: mandate.id, status: .active, chargeAfterDays: 0)
        #expect(
            free.refusal(of: Money(minorUnits: 10_000_000, currency: euro), chargedThisMonthMinor: 0) == nil)
    }

    @Test("a plan's id, payment and timer depend on nothing but invoice, part and mandate")
    func deterministicIDs() {
        let mandate = MandateID(RawID(high: 5, low: 6))
        let plan = ChargePlan.id(invoice: invoice, part: ChargePlan.wholeInvoice, mandate: mandate)
        #expect(plan == ChargePlan.id(invoice: invoice, part: 0, mandate: mandate))
        #expect(plan != ChargePlan.id(invoice: invoice, part: 1, mandate: mandate))
        #expect(ChargePlan.paymentID(of: plan) == ChargePlan.paymentID(of: plan))
        #expect(ChargePlan.paymentID(of: plan).raw != plan.raw)
    }

    @Test(
        "a charge is due N days after issue at nine in the sender's zone, at once for none, and at once when it is late"
    )
    func dueDay() throws {
        let zone = try #require(Zone("America/New_York"))
        let issued = try #require(CivilDate("2026-03-06"))
        let now = try #require(Instant(rfc3339: "2026-03-06T20:00:00Z"))
        let later = ChargePlan.due(issueDate: issued, days: 3, zone: zone, now: now)
        #expect(later.date.description == "2026-03-09")
        #expect(later.at.rfc3339 == "2026-03-09T13:00:00.000Z")
        #expect(ChargePlan.due(issueDate: issued, days: 0, zone: zone, now: now).at == now)
        let late = ChargePlan.due(issueDate: issued, days: 3, zone: zone, now: now + .seconds(86_400 * 10))
        #expect(late.at == now + .seconds(86_400 * 10) && late.date.description == "2026-03-16")
    }

    @Test(
        "a due charges only as the current one, of an open payable, under a mandate that holds",
        arguments: ChargePlan.State.allCases)
    func due(state: ChargePlan.State) throws {
        let open = try payable(total: 100)
        func decide(
            _ payable: Payable, generation: Int64 = 2, step: Int = 1, mandate: Mandate.Status = .active,
            leased: Bool = false
        ) -> DueDecision {
            DueDecision.decide(
                plan: (state, 2, 1), due: (generation, step), payable: payable, mandate: mandate,
                isLeased: leased)
        }
        guard state == .planned || state == .waiting else {
            #expect(decide(open) == .obsolete)
            return
        }
        #expect(decide(open) == .charge)
        #expect(decide(open, leased: true) == .wait)
        #expect(decide(open, generation: 1) == .obsolete)
        #expect(decide(open, generation: 3) == .obsolete)
        #expect(decide(open, step: 0) == .obsolete)
        #expect(decide(try payable(total: 100, collected: 100)) == .cancel(reason: "settled"))
        #expect(decide(try payable(total: 100, voided: true)) == .cancel(reason: "voided"))
        for status in Mandate.Status.allCases where status != .active {
            #expect(decide(open, mandate: status) == .cancel(reason: "mandate_not_active"))
        }
    }

    @Test("the ladder has four steps and then ends")
    func ladder() {
        #expect(
            (0...5).map { RetryLadder.standard.daysUntilNextTry(afterStep: $0) } == [2, 5, 7, 7, nil, nil])
    }

    @Test("codes are classified, and a word that nobody knows is soft")
    func declines() {
        #expect(Decline(gatewayCode: "stolen_card").declineClass == .hard)
        #expect(Decline(gatewayCode: "insufficient_funds").declineClass == .insufficient)
        #expect(Decline(gatewayCode: "authentication_required").declineClass == .authentication)
        #expect(Decline(gatewayCode: "do_not_honor").declineClass == .soft)
        #expect(Decline(gatewayCode: "a_new_word").declineClass == .soft)
        for declineClass in Decline.Class.allCases {
            #expect(
                Decline(declineClass, code: "x").isRetriable
                    == (declineClass == .soft || declineClass == .insufficient))
        }
    }
}
