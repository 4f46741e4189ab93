import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("What an operator stops", .timeLimit(.minutes(10)))
struct StoppedChargesTests {
    private static func set(
        _ scope: KillSwitchStore.Scope, stops: Bool, _ world: PaymentWorld
    ) async throws {
        let act = KillSwitchStore.Act(
            reason: stops ? "fraud" : "found out", accountID: world.accountID, at: world.clock.now())
        try await world.pool.transaction { tx in
            if stops {
                try KillSwitchStore.stop(scope, act, in: tx)
            } else {
                try KillSwitchStore.release(scope, act, in: tx)
            }
        }
    }

    private static func scope(isGateway: Bool, _ world: PaymentWorld) -> KillSwitchStore.Scope {
        isGateway ? .gateway("platform") : .organization(world.organizationID)
    }

    @Test("is charged by no path until it is released, and then once", arguments: [true, false])
    func stopped(isGateway: Bool) async throws {
        try await PaymentWorld.with { world in
            let scope = Self.scope(isGateway: isGateway, world)
            try await world.mandate()
            let invoice = try await world.issue(5000)
            let other = try await world.issue(700)
            try await Self.set(scope, stops: true, world)
            try await Self.set(scope, stops: true, world)
            try await world.accept([world.due(invoice)])
            let none = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.claim(
                    limit: 10, perOrganization: 10, after: OrganizationID(RawID(high: 0, low: 0)), in: tx)
            }
            #expect(none == nil, "nothing is claimed, and nothing is written")
            #expect(try await world.payByLink(other, card: "pm_card_visa") == "payments_stopped")
            #expect(try await world.attemptStates(other) == "-")
            try await world.startExecutorOnce()
            try await Self.set(scope, stops: false, world)
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            #expect(try await world.payByLink(other, card: "pm_card_visa") == "succeeded")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("is paid by no standing order, and goes on once released", arguments: [true, false])
    func orders(isGateway: Bool) async throws {
        try await PaymentWorld.with { world in
            let scope = Self.scope(isGateway: isGateway, world)
            let order = try await world.order(2500)
            try await world.take([world.orderDue(order)])
            try await Self.set(scope, stops: true, world)
            let claimed = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.payOrders.claim(upTo: 64, in: tx)
            }
            #expect(claimed.isEmpty)
            try await Self.set(scope, stops: false, world)
            world.clock.advance(by: .seconds(60))
            try await world.payOrders()
            #expect(try await world.capturedByOrders() == "2500")
            #expect(try await world.violations() == [])
        }
    }

    @Test("is not charged by a look-up either: the same request under the same key waits for the release")
    func lookUp() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            // A sender that dies before its request has left.
            _ = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.claim(
                    limit: 10, perOrganization: 10, after: OrganizationID(RawID(high: 0, low: 0)), in: tx)
            }
            try await Self.set(.organization(world.organizationID), stops: true, world)
            world.clock.advance(by: .seconds(6))
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            try await eventually {
                world.clock.advance(by: .milliseconds(500))
                return try await world.scalar("SELECT look_ups > 1 FROM attempts") == "true"
            }
            #expect(try await world.ledger(invoice).captures == 0)
            try await Self.set(.organization(world.organizationID), stops: false, world)
            try await eventually {
                world.clock.advance(by: .milliseconds(500))
                return try await world.attemptStates(invoice) == "succeeded"
            }
            await sweeper.stop()
            #expect(try await world.ledger(invoice).captures == 1)
        }
    }

    @Test("for one organization lets the others be charged")
    func others() async throws {
        try await PaymentWorld.with { world in
            try await Self.set(.organization(OrganizationID(.v7())), stops: true, world)
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.startExecutorOnce()
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
        }
    }

    @Test("gets its money back all the same")
    func refunds() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.startExecutorOnce()
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            try await Self.set(.gateway("platform"), stops: true, world)
            try await world.void(invoice, total: 5000)
            let refunds = world.parts.refunds.loop(wakeup: Wakeup())
            try await refunds.start()
            try await eventually { try await world.ledger(invoice).refunded == 5000 }
            await refunds.stop()
        }
    }

    @Test("stays on the books: who stopped it and who let it go on, when and why")
    func trail() async throws {
        try await PaymentWorld.with { world in
            let scope = KillSwitchStore.Scope.organization(world.organizationID)
            for stops in [true, false, true] {
                try await Self.set(scope, stops: stops, world)
                world.clock.advance(by: .seconds(60))
            }
            let (all, stopping, page) = try await world.pool.transaction { tx in
                let all = try KillSwitchStore.list(isStopped: nil, before: nil, limit: 10, in: tx)
                return (
                    all, try KillSwitchStore.list(isStopped: true, before: nil, limit: 10, in: tx),
                    try KillSwitchStore.list(isStopped: nil, before: all.first?.id, limit: 10, in: tx)
                )
            }
            #expect(all.map(\.released?.reason) == [nil, "found out"])
            #expect(all.map(\.stopped.reason) == ["fraud", "fraud"])
            #expect(all.allSatisfy { $0.stopped.accountID == world.accountID })
            #expect(all.last.map { $0.released?.at == $0.stopped.at + .seconds(60) } == true)
            #expect(stopping.map(\.id) == all.prefix(1).map(\.id))
            #expect(page.map(\.id) == all.suffix(1).map(\.id))
        }
    }

    @Test(
        "a refused payment is tried again after the sender's own days, or never",
        arguments: [(nil, "planned/1/2", 2), ([9], "planned/1/2", 9), ([], "failed/0/2", 0)]
            as [([Int64]?, String, Int)])
    func ladder(days: [Int64]?, plan: String, wait: Int) async throws {
        try await PaymentWorld.with { world in
            let (organization, now) = (world.organizationID, world.clock.now())
            if let days {
                try await world.pool.transaction { tx in
                    try ChargingRulesStore.keep([30], of: organization, now: now, in: tx)
                    try ChargingRulesStore.keep(days, of: organization, now: now, in: tx)
                }
            }
            try await world.mandate(card: "4000000000000341")
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.startExecutorOnce()
            try await eventually { try await world.attemptStates(invoice) == "declined" }
            #expect(try await world.planState(invoice) == plan)
            if wait > 0 {
                let day = Zone.utc.date(at: now).adding(days: wait)
                #expect(try await world.scalar("SELECT charge_on FROM plans") == "\(day)")
            }
        }
    }

    @Test("a refused standing order is tried again after the sender's own days", arguments: [[], [4]])
    func orderLadder(days: [Int64]) async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(2500, card: "4000000000000341")
            let (organization, now) = (world.organizationID, world.clock.now())
            try await world.pool.transaction { tx in
                try ChargingRulesStore.keep(days, of: organization, now: now, in: tx)
            }
            try await world.take([world.orderDue(order)])
            try await world.payOrders()
            #expect(
                try await world.days(order)
                    == (days.isEmpty ? "failed/2500/generic_decline" : "waiting/2500/generic_decline"))
        }
    }
}
