import EventContracts
import HTTPServer
import Lifecycle
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A standing order pays each of its days once, by every order of events")
struct StandingOrderTests {
    @Test("a day settles the oldest open invoices, and the rest becomes credit")
    func settles() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(10_000)
            let invoices = [
                try await world.issue(4_000), try await world.issue(5_000), try await world.issue(700),
            ]
            let due = try await world.orderDue(order)
            try await world.take([due, due])
            try await world.take([due])
            try await world.payOrders()
            try await world.take([due])
            #expect(try await world.days(order) == "collected/10000")
            for (invoice, amount) in zip(invoices, ["4000", "5000", "700"]) {
                #expect(try await world.collected(invoice) == amount)
            }
            #expect(try await world.credit() == "300")
            #expect(try await world.capturedByOrders() == "10000")
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice that tops up a wallet is not for it to pay")
    func topUp() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(3_000)
            let wallet = try await world.openWallet()
            let topUp = try await world.topUp(wallet, 1_000)
            let invoice = try await world.issue(2_000)
            try await world.take([world.orderDue(order)])
            try await world.payOrders()
            #expect(try await world.collected(topUp) == "0")
            #expect(try await world.collected(invoice) == "2000")
            #expect(try await world.credit() == "1000")
            #expect(try await world.standing(wallet) == "0/0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("part of an invoice is paid where the amount is not enough; the next day goes on with it")
    func parts() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(3_000)
            let invoice = try await world.issue(5_000)
            let today = Zone.utc.date(at: world.clock.now())
            // The first three days were missed: nobody was there for them.
            try await world.take([world.orderDue(order, today.adding(months: 2, anchorDay: today.day))])
            try await world.payOrders()
            #expect(try await world.days(order) == "collected/3000 collected/3000 collected/3000")
            #expect(try await world.collected(invoice) == "5000")
            #expect(try await world.credit() == "4000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a due of an older generation, or after the end, means nothing", arguments: [true, false])
    func obsolete(isPaused: Bool) async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(3_000)
            let due = try await world.orderDue(order)
            try await world.change(order, isPaused ? .pause : .cancel)
            try await world.take([due])
            #expect(try await world.days(order) == "-")
            guard isPaused else { return }
            // Resumed in the middle of the day, it goes on with the next month: what was paused is not made up.
            world.clock.advance(by: .seconds(86_400))
            try await world.change(order, .resume)
            try await world.take([due])
            try await world.take([world.orderDue(order)])
            #expect(try await world.days(order) == "-")
            let types = try await world.published()
            #expect(types.filter { $0 == "schedule.cancelled.v1" }.count == 1)
            #expect(types.filter { $0 == "schedule.changed.v1" }.count == 1)
        }
    }

    @Test("a skipped day pays nothing, another amount holds from the next day on, and the last day ends it")
    func changes() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(3_000, count: 3)
            let today = Zone.utc.date(at: world.clock.now())
            let days = (0..<3).map { today.adding(months: $0, anchorDay: today.day) }
            try await world.change(order, .skip(days[1]))
            try await world.take([world.orderDue(order, days[0])])
            try await world.change(order, .change(Money(minorUnits: 2_000, currency: world.dollar), nil))
            try await world.take([world.orderDue(order, days[2])])
            try await world.payOrders()
            #expect(try await world.days(order) == "collected/3000 collected/2000")
            #expect(
                try await world.scalar("SELECT status FROM standing_orders") == "finished")
            await #expect(throws: SeriesViolation.isFinished) { try await world.change(order, .cancel) }
            #expect(try await world.credit() == "5000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a refused card climbs the ladder; the retry collects once, and its due comes twice")
    func ladder() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(3_000, card: "4000000000000341")
            let invoice = try await world.issue(5_000)
            try await world.take([world.orderDue(order)])
            try await world.payOrders()
            #expect(try await world.days(order) == "waiting/3000/generic_decline")
            #expect(
                try await world.scalar("SELECT leased_by FROM payables WHERE invoice_id = $1", invoice) == "-"
            )
            #expect(try await world.published().contains("payment.failed.v1"))
            let card = try await world.savedCard()
            try await world.change(order, .change(nil, card))
            let payment = StandingOrder.paymentID(
                of: order, day: Zone.utc.date(at: world.clock.now()))
            let id = StandingOrder.scheduleID(ofRetry: payment)
            let retry = try world.received(
                ScheduleDue(
                    scheduleID: id, generation: 1, kind: OrderEvents.retryKind,
                    date: Zone.utc.date(at: world.clock.now())), subject: id, sequence: 1)
            try await world.take([retry, retry])
            try await world.payOrders()
            try await world.take([retry])
            #expect(try await world.days(order) == "collected/3000")
            #expect(try await world.collected(invoice) == "3000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a card that is gone stops the order until there is another")
    func withoutCard() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(3_000)
            let old = try await world.savedCard()
            try await world.change(order, .change(nil, old))
            _ = try await world.pool.transaction { [account = world.accountID, now = world.clock.now()] tx in
                try PaymentMethodStore.remove(old, of: account, now: now, in: tx)
            }
            try await world.take([world.orderDue(order)])
            try await world.payOrders()
            #expect(try await world.days(order) == "failed/3000/no_payment_method")
            #expect(try await world.scalar("SELECT status FROM standing_orders") == "needs_attention")
            try await world.change(order, .change(nil, try await world.savedCard()))
            #expect(try await world.scalar("SELECT status FROM standing_orders") == "active")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "an order and a payment by link of the same invoice at once: one of them gets it, no money is doubled"
    )
    func concurrent() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(5_000)
            let today = Zone.utc.date(at: world.clock.now())
            var total: Int64 = 0
            for month in 0..<12 {
                let invoice = try await world.issue(5_000)
                try await world.take([
                    world.orderDue(order, today.adding(months: month, anchorDay: today.day))
                ])
                let card = try await world.cardToken("4242424242424242")
                async let byLink = world.payByLink(invoice, card: card)
                try await world.payOrders()
                if try await byLink == "succeeded" { total += 5_000 }
                #expect(try await world.collected(invoice) == "5000")
            }
            total += 12 * 5_000
            let kept = Int64(try await world.scalar("SELECT sum(collected - refunded) FROM payables")) ?? 0
            #expect(kept == 12 * 5_000)
            #expect(try await world.credit() == String(total - kept))
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice that is voided while the order pays it gets nothing; the next oldest does")
    func voided() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(5_000)
            let invoice = try await world.issue(5_000)
            try await world.take([world.orderDue(order)])
            let claimed = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.payOrders.claim(upTo: 64, in: tx)
            }
            #expect(claimed.count == 1)
            let younger = try await world.issue(2_000)
            try await world.void(invoice, total: 5_000)
            try await world.startExecutorOnce()
            world.parts.executor.dispatch(claimed)
            try await eventually { try await world.days(order) == "collected/5000" }
            #expect(try await world.collected(invoice) == "0")
            #expect(try await world.collected(younger) == "2000")
            #expect(try await world.credit() == "3000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a lost answer is looked up under the same key: charged once")
    func lostAnswer() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(5_000)
            let invoice = try await world.issue(5_000)
            try await world.take([world.orderDue(order)])
            _ = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.payOrders.claim(upTo: 64, in: tx)
            }
            // The process dies here: nobody knows whether it was sent.
            world.clock.advance(by: .seconds(10))
            try await world.startExecutorOnce()
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            try await eventually { try await world.days(order) == "collected/5000" }
            await sweeper.stop()
            #expect(try await world.collected(invoice) == "5000")
            #expect(try await world.violations() == [])
        }
    }
}
