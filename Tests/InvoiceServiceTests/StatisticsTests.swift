import EventContracts
import InvoiceDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct StatisticsTests {
    @Test("statistics count what was issued, paid, voided and given up, and what money came and went")
    func figures() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            #expect(try await world.stats().elements.isEmpty)
            let paid = try await world.issued(customer)
            let partly = try await world.issued(customer)
            let voided = try await world.issued(customer)
            let given = try await world.issued(customer)
            _ = try await world.draft(customer)
            world.clock.advance(by: .seconds(3_600))
            let payment = PaymentID(.v7())
            try await world.pay(11_999, paid, id: payment)
            try await world.pay(2_000, partly)
            try await world.refund(999, of: payment, for: paid)
            try await world.call("POST", "/v1/invoices/\(voided)/void")
            try await world.call("POST", "/v1/invoices/\(given)/mark_uncollectible")
            let usd = try #require(try await world.stats().elements.first)
            #expect(usd["currency"]?.string == "usd")
            for (name, expected) in [
                ("total_invoices", 3), ("paid_invoices", 1), ("unpaid_invoices", 1),
                ("uncollectible_invoices", 1), ("voided_invoices", 1), ("open_invoices", 1),
                ("overdue_invoices", 0), ("average_payment_seconds", 3_600),
            ] as [(String, Int64)] {
                #expect(usd[name]?.int64 == expected, "\(name)")
            }
            for (name, expected) in [
                ("total_invoiced", "359.97"), ("total_voided", "119.99"), ("total_received", "139.99"),
                ("total_refunded", "9.99"), ("total_collected", "130"), ("total_open", "99.99"),
                ("total_overdue", "0"),
            ] {
                #expect(usd[name]?.numberText == expected, "\(name)")
            }
            let card = try #require(usd["payment_methods"]?.elements.first)
            #expect(card["method"]?.string == "card")
            #expect(card["payments"]?.int64 == 2)
            #expect(card["refunds"]?.int64 == 1)
            #expect(card["collected"]?.numberText == "130")
            // The due day of all of them is the last of February, and it is over only when it is over in Berlin.
            world.clock.set(try #require(Instant(rfc3339: "2027-02-28T22:59:59Z")))
            #expect(try await world.stats().elements.first?["overdue_invoices"]?.int64 == 0)
            world.clock.set(try #require(Instant(rfc3339: "2027-02-28T23:00:00Z")))
            let later = try #require(try await world.stats().elements.first)
            #expect(later["overdue_invoices"]?.int64 == 1)
            #expect(later["total_overdue"]?.numberText == "99.99")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "credit notes are taken off what was invoiced, on the invoice's day, and come back when they are cancelled"
    )
    func credits() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let open = try await world.issued(customer)
            let paid = try await world.issued(customer)
            try await world.pay(11_999, paid)
            let path = "/v1/invoices/\(open)/credit_notes"
            let note = try await world.call("POST", path, #"{"reason":"Discount","amount":20}"#)
            #expect(note.status == 201)
            #expect(
                try await world.call("POST", "/v1/invoices/\(paid)/credit_notes", #"{"reason":"Returned"}"#)
                    .status
                    == 201)
            func figures() async throws -> [String?] {
                let usd = try await world.stats().elements.first
                return [
                    "credited_invoices", "total_credited", "total_invoiced", "total_invoiced_net",
                    "total_open",
                ]
                .map { usd?[$0]?.numberText }
            }
            #expect(try await figures() == ["2", "139.99", "239.98", "99.99", "99.99"])
            let id = try #require(note.text("id"))
            try await world.call("POST", "/v1/credit_notes/\(id)/void")
            #expect(try await figures() == ["1", "119.99", "239.98", "119.99", "119.99"])
            let elsewhere = try await world.stats("?from=2000-01-01&to=2000-12-31")
            #expect(elsewhere.elements.isEmpty)
            #expect(try await world.violations() == [])
        }
    }

    @Test("figures belong to days, are shown by day or month, and folding changes none of them")
    func intervals() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let january = try await world.issued(customer)
            world.clock.set(try #require(Instant(rfc3339: "2027-02-03T23:30:00Z")))
            _ = try await world.issued(customer)
            try await world.pay(11_999, january)
            func periods(_ query: String) async throws -> [String] {
                let series = try await world.stats(query).elements.first?["series"]?.elements ?? []
                return series.map {
                    "\($0["period"]?.string ?? "") \($0["total_invoices"]?.numberText ?? "") "
                        + "\($0["paid_invoices"]?.numberText ?? "") \($0["total_collected"]?.numberText ?? "")"
                }
            }
            let months = ["2027-01 1 1 0", "2027-02 1 0 119.99"]
            #expect(try await periods("?interval=month") == months)
            // Half past eleven in London is the next day in Berlin.
            let days = ["2027-01-15 1 1 0", "2027-02-04 1 0 119.99", "2027-02-28 0 0 0"]
            let query = "?interval=day&from=2027-01-01&to=2027-02-28"
            #expect(try await periods(query) == days)
            let folded = try await world.pool.transaction { tx in
                try StatisticChanges.fold(limit: 1_000, in: tx)
            }
            #expect(folded > 0)
            #expect(try await periods(query) == days)
            let first = try await world.stats("?from=2027-02-01&to=2027-02-10&currency=USD").elements.first
            #expect(first?["total_invoices"]?.int64 == 1)
            #expect(try await world.stats("?currency=eur").elements.isEmpty)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "a question that makes no sense is refused",
        arguments: [
            "from=yesterday", "interval=week", "interval=day", "from=2027-02-02&to=2027-02-01",
            "currency=xyz", "interval=day&from=2027-01-01&to=2028-12-31",
        ])
    func refusals(query: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("GET", "/v1/invoices/stats?\(query)")
            #expect(answer.status == 422)
        }
    }

    @Test("statistics are for members of the organization and show nothing of another")
    func tenancy() async throws {
        try await InvoiceWorld.with { world in
            _ = try await world.issued(try await world.customer())
            let client = world.token(of: nil, role: .client)
            #expect(try await world.call("GET", "/v1/invoices/stats", token: client).status == 403)
            let stranger = world.token(of: OrganizationID(.v7()))
            let answer = try await world.call("GET", "/v1/invoices/stats", token: stranger)
            #expect(answer["currencies"]?.elements.isEmpty == true)
        }
    }

    @Test("after a random life of invoices the statistics equal a recount", arguments: [1, 2, 3] as [UInt64])
    func recount(seed: UInt64) async throws {
        try await InvoiceWorld.with { world in
            var random = Dice(state: seed)
            let customers = [
                try await world.customer(), try await world.customer(currency: "EUR"),
                try await world.customer(currency: "JPY"),
            ]
            var life = RandomLife(world: world, customers: customers)
            for step in 0..<120 {
                world.clock.advance(by: .seconds(Int64(random.below(40_000))))
                try await life.step(&random)
                if step % 40 == 20 {
                    _ = try await world.pool.transaction { tx in try StatisticChanges.fold(limit: 50, in: tx)
                    }
                }
            }
            #expect(try await world.violations() == [])
            let counted = try await world.pool.transaction { tx in
                try tx.query("SELECT DISTINCT split_part(measure, '/', 1) FROM statistic_recount ORDER BY 1")
                    .column(0, as: String.self)
            }
            // All kinds of things have happened, or the test would prove little.
            #expect(
                counted == [
                    "collected", "credited", "issued", "open", "paid", "refunded", "uncollectible", "voided",
                ])
        }
    }

    @Test("a statistic that is off by one is found by its invariant")
    func invariant() async throws {
        try await InvoiceWorld.with { world in
            _ = try await world.issued(try await world.customer())
            _ = try await world.pool.transaction { tx in
                try tx.execute("UPDATE statistic_changes SET count = count + 1 WHERE measure = 'open'")
            }
            #expect(try await world.violations() == ["statistics_match"])
        }
    }
}

/// Numbers that are the same for the same seed.
struct Dice {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: (state >> 33) % UInt64(limit))
    }
}

/// What can happen to invoices, in any order: some of it is refused, and that changes nothing.
struct RandomLife {
    let world: InvoiceWorld
    let customers: [CustomerID]
    private var invoices: [(id: InvoiceID, currency: String)] = []
    private var payments: [(id: PaymentID, invoice: Int, amount: Int64, refunded: Int64)] = []

    init(world: InvoiceWorld, customers: [CustomerID]) {
        self.world = world
        self.customers = customers
    }

    mutating func step(_ dice: inout Dice) async throws {
        guard !invoices.isEmpty, dice.below(4) > 0 else { return try await add(&dice) }
        let chosen = dice.below(invoices.count)
        let path = "/v1/invoices/\(invoices[chosen].id)"
        switch dice.below(10) {
        case 0: try await world.call("POST", "\(path)/void")
        case 1: try await world.call("POST", "\(path)/mark_uncollectible")
        case 2: try await world.call("POST", "\(path)/send")
        case 3, 4: try await refund(&dice)
        case 5: try await credit(path, &dice)
        case 6: try await withdrawCredit(path)
        default: try await pay(chosen, &dice)
        }
    }

    private mutating func add(_ dice: inout Dice) async throws {
        let number = dice.below(customers.count)
        let due = "2027-0\(2 + dice.below(4))-1\(dice.below(9))"
        let made = try await world.call(
            "POST", "/v1/invoices",
            #"{"customer_id":"\#(customers[number])","due_date":"\#(due)","amount":\#(1 + dice.below(9) * 10)}"#
        )
        let id = try #require(InvoiceID(made.text("id") ?? ""))
        guard dice.below(6) > 0 else { return }
        try await world.call("POST", "/v1/invoices/\(id)/finalize")
        invoices.append((id, ["USD", "EUR", "JPY"][number]))
    }

    private mutating func pay(_ chosen: Int, _ dice: inout Dice) async throws {
        let invoice = try await world.call("GET", "/v1/invoices/\(invoices[chosen].id)")
        let due = Int64(invoice.number("amount_due").flatMap { Int($0.prefix { $0 != "." }) } ?? 0)
        let scale: Int64 = invoices[chosen].currency == "JPY" ? 1 : 100
        // Everything, a part, or more than is owed.
        let amount = max(1, [due * scale, due * scale / 3, due * scale + 7][dice.below(3)])
        let id = PaymentID(.v7())
        let payment = try world.payment(
            amount, for: [invoices[chosen].id], id: id, currency: invoices[chosen].currency)
        let event = PaymentSucceeded(payment: payment, succeededAt: world.clock.now())
        try await world.deliver([event, event])
        payments.append((id, chosen, amount, 0))
    }

    private func credit(_ path: String, _ dice: inout Dice) async throws {
        let amount = dice.below(3) == 0 ? "" : #","amount":\#(1 + dice.below(20))"#
        try await world.call("POST", "\(path)/credit_notes", #"{"reason":"Discount"\#(amount)}"#)
    }

    private func withdrawCredit(_ path: String) async throws {
        let notes = try await world.call("GET", "\(path)/credit_notes").json.elements
        guard let id = notes.first?["id"]?.string else { return }
        try await world.call("POST", "/v1/credit_notes/\(id)/void")
    }

    private mutating func refund(_ dice: inout Dice) async throws {
        guard !payments.isEmpty else { return }
        let number = dice.below(payments.count)
        let payment = payments[number]
        let amount = min(payment.amount - payment.refunded, 1 + Int64(dice.below(5_000)))
        guard amount > 0 else { return }
        try await world.refund(
            amount, of: payment.id, for: invoices[payment.invoice].id,
            currency: invoices[payment.invoice].currency)
        payments[number].refunded += amount
    }
}

extension InvoiceWorld {
    func stats(_ query: String = "") async throws -> JSONNode {
        let answer = try await call("GET", "/v1/invoices/stats\(query)")
        #expect(answer.status == 200)
        return try #require(answer["currencies"])
    }

    func refund(
        _ amount: Int64, of payment: PaymentID, for invoice: InvoiceID, currency: String = "USD"
    ) async throws {
        let refund = RefundFacts(
            refundID: RefundID(.v7()), organizationID: organizationID, paymentID: payment, invoiceID: invoice,
            currency: try #require(Currency(code: currency)), amountMinor: amount, reason: "requested")
        let event = RefundSucceeded(refund: refund, succeededAt: clock.now())
        try await deliver([event, event])
    }
}
