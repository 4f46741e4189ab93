import EventContracts
import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("The gateway's own list against the books")
struct ReconciliationTests {
    /// An invoice whose automatic charge has been sent.
    private static func charged(_ world: PaymentWorld, state: String = "succeeded") async throws -> InvoiceID
    {
        let invoice = try await world.issue(5000)
        try await world.accept([world.due(invoice)])
        try await world.startExecutorOnce()
        try await eventually { try await world.attemptStates(invoice) == state }
        return invoice
    }

    /// Takes money at the gateway by another way than ours.
    private static func take(_ world: PaymentWorld, _ amount: Int64, attempt: String? = nil) async throws {
        var body =
            "amount=\(amount)&currency=usd&confirm=true&payment_method=\(try await world.cardToken("4242424242424242"))"
        if let attempt { body += "&metadata[attempt_id]=\(attempt)" }
        let answer = try JSONDocument(
            parsing: try await world.post("/v1/payment_intents", Array(body.utf8), key: "sk_test_1")
        ).root
        guard answer["status"]?.string == "succeeded" else { throw TestFailure(description: "not charged") }
    }

    /// Lets the day end and works on it until it is done.
    private static func reconcile(_ world: PaymentWorld, after hours: Int64 = 24) async throws {
        world.clock.advance(by: .seconds(hours * 3_600))
        while try await world.parts.reconcile.round() {}
    }

    private static func differences(_ world: PaymentWorld) async throws -> String {
        try await world.scalar(
            """
            SELECT string_agg(concat_ws(' ', kind, difference, reason, gateway_amount, booked_amount), ', '
                              ORDER BY kind, difference, reason) FROM reconciliation_differences WHERE resolved_at IS NULL
            """)
    }

    private static func totals(_ world: PaymentWorld) async throws -> String {
        try await world.scalar(
            """
            SELECT string_agg(concat_ws(' ', kind, currency, gateway_count, gateway_amount, booked_count, booked_amount), ', '
                              ORDER BY kind) FROM reconciliation_totals
            """)
    }

    @Test("a day on which both sides say the same has no differences, and what others took is not ours")
    func agreement() async throws {
        try await PaymentWorld.with(sharesClock: true) { world in
            try await world.mandate()
            let invoice = try await Self.charged(world)
            _ = try await Self.charged(world)
            try await Self.take(world, 777)
            try await world.void(invoice, total: 5000)
            let refunds = world.parts.refunds.loop(wakeup: .init())
            try await refunds.start()
            try await eventually { try await world.scalar("SELECT state FROM refunds") == "succeeded" }
            await refunds.stop()
            // Before the day has ended there is nothing to do, the day before excepted.
            while try await world.parts.reconcile.round() {}
            #expect(
                try await world.scalar("SELECT string_agg(day::text, ' ') FROM reconciliations")
                    == "2027-01-14")
            try await Self.reconcile(world)
            #expect(try await Self.totals(world) == "charge usd 2 10000 2 10000, refund usd 1 5000 1 5000")
            #expect(try await Self.differences(world) == "-")
            #expect(try await world.scalar("SELECT count(*) FROM reconciliation_items") == "0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("money for an attempt of which nobody knows what became is booked, once")
    func unknown() async throws {
        try await PaymentWorld.with(sharesClock: true) { world in
            try await world.mandate()
            try await world.fault(#"{"kind":"error_after","path":"/v1/payment_intents","times":1}"#)
            let invoice = try await Self.charged(world, state: "unknown")
            #expect(try await world.ledger(invoice).captures == 1)
            try await Self.reconcile(world)
            #expect(try await world.attemptStates(invoice) == "succeeded")
            #expect(
                try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
                    == "5000")
            #expect(try await Self.differences(world) == "-")
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 1)
            // It is booked on the next day, on which it is asked for by its name.
            try await Self.reconcile(world)
            #expect(try await Self.differences(world) == "-")
            #expect(try await world.violations() == [])
        }
    }

    @Test("what is missing here, missing there or of another amount is found, each once, and shown")
    func differences() async throws {
        try await PaymentWorld.with(sharesClock: true) { world in
            try await world.mandate()
            let invoice = try await Self.charged(world)
            let attempt = try await world.scalar("SELECT attempt_id FROM attempts")
            let id = AttemptID(try #require(RawID(uuidString: attempt)))
            try await Self.take(world, 300, attempt: AttemptID(.v7()).description)
            try await Self.take(world, 400, attempt: id.description)
            // A refund by hand at the gateway, and a booked one that it does not know.
            let reference = try await world.scalar("SELECT gateway_reference FROM attempts")
            _ = try await world.post(
                "/v1/refunds", Array("payment_intent=\(reference)&amount=100".utf8), key: "sk_test_1")
            let gone = try await Self.charged(world)
            _ = try await world.pool.transaction { tx in
                try tx.execute(
                    "UPDATE attempts SET gateway_reference = 'pi_gone' WHERE invoice_id = $1", [gone])
            }
            try await Self.reconcile(world)
            let expected = """
                charge amount_differs other_amount 400 5000, charge missing_here second_charge 5000, \
                charge missing_here unknown_attempt 300, charge missing_there unknown_there 5000, \
                refund missing_here refunded_elsewhere 100
                """
            #expect(try await Self.differences(world) == expected)
            #expect(try await Self.totals(world) == "charge usd 4 10700 2 10000, refund usd 1 100 0 0")
            #expect(try await world.violations() == ["gateway_list_agrees"])
            #expect(try await world.attemptStates(invoice) == "succeeded")
            let shown = try await Self.shown(world)
            #expect(shown.days.map { $0["day"]?.string } == ["2027-01-15"])
            #expect(shown.days.first?["open_difference_count"]?.int64 == 5)
            let total = shown.days.first?["totals"]?.elements.first
            #expect(total?["gateway_amount"]?.numberText == "107" && total?["booked_count"]?.int64 == 2)
            #expect(shown.differences.count == 5)
            #expect(Set(shown.differences.compactMap { $0["difference"]?.string }).count == 3)
        }
    }

    private static func shown(
        _ world: PaymentWorld
    ) async throws -> (days: [JSONNode], differences: [JSONNode]) {
        let (days, differences) = try await world.pool.transaction { tx in
            var days = JSONWriter()
            days.beginArray()
            for day in try ListedReconciliation.list(after: nil, limit: 10, in: tx) { day.write(to: &days) }
            days.endArray()
            let day = Zone.utc.date(at: Instant(seconds: 1_800_000_000))
            var differences = JSONWriter()
            differences.beginArray()
            // Two to a page, so that the cursor has to find the rest.
            var cursor: ReconciliationDifferenceID?
            while let page = try ListedDifference.list(of: day, after: cursor, limit: 2, in: tx),
                let last = page.last
            {
                for difference in page { difference.write(to: &differences) }
                cursor = last.id
            }
            differences.endArray()
            return (days.bytes, differences.bytes)
        }
        return (
            try JSONDocument(parsing: days).root.elements,
            try JSONDocument(parsing: differences).root.elements
        )
    }

    @Test("a refund that is not booked yet is a difference only until it is")
    func settles() async throws {
        try await PaymentWorld.with(sharesClock: true) { world in
            try await world.mandate()
            let invoice = try await Self.charged(world)
            try await world.void(invoice, total: 5000)
            // The process dies after the gateway has given the money back.
            let refund = try await world.scalar("SELECT refund_id FROM refunds")
            let reference = try await world.scalar("SELECT gateway_reference FROM attempts")
            let call = RefundCall(
                refundID: RefundID(try #require(RawID(uuidString: refund))), gatewayPayment: reference,
                amount: Money(minorUnits: 5000, currency: world.dollar))
            guard case .refunded = await world.parts.sweeper.gateway.refund(call) else {
                throw TestFailure(description: "not refunded")
            }
            // The day is over, and the refund's key still means the same refund.
            try await Self.reconcile(world, after: 17)
            #expect(try await Self.differences(world) == "refund missing_here not_booked_yet 5000")
            let refunds = world.parts.refunds.loop(wakeup: .init())
            try await refunds.start()
            try await eventually { try await world.scalar("SELECT state FROM refunds") == "succeeded" }
            await refunds.stop()
            _ = try await world.parts.reconcile.round()
            #expect(try await Self.differences(world) == "-")
            #expect(try await world.ledger(invoice).refunded == 5000)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "a day goes on at its page after a crash, two at once find nothing twice, and the slow one stores nothing"
    )
    func crashes() async throws {
        try await PaymentWorld.with(sharesClock: true) { world in
            for _ in 0..<230 { try await Self.take(world, 300, attempt: AttemptID(.v7()).description) }
            world.clock.advance(by: .seconds(86_400))
            #expect(try await world.parts.reconcile.round())
            // One takes the second page and hangs.
            let now = world.clock.now()
            let hung = try await world.pool.transaction { tx in
                try ReconciliationStore.take(
                    account: "platform", now: now, until: now + .seconds(5), in: tx)
            }
            let taken = try #require(hung)
            #expect(taken.cursor != nil)
            #expect(try await !world.parts.reconcile.round())
            world.clock.advance(by: .seconds(6))
            await withTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask { [reconcile = world.parts.reconcile] in
                        // One of them may find nothing because the other is at it.
                        for _ in 0..<12 { _ = try? await reconcile.round() }
                    }
                }
            }
            await #expect(throws: ReconciliationStore.LeaseLost.self) {
                try await world.pool.transaction { tx in
                    try ReconciliationStore.advance(taken, to: .charges, cursor: nil, now: now, in: tx)
                }
            }
            while try await world.parts.reconcile.round() {}
            #expect(try await world.scalar("SELECT count(*) FROM reconciliation_differences") == "230")
            #expect(try await Self.totals(world) == "charge usd 230 69000 0 0")
            #expect(
                try await world.scalar("SELECT count(*) FROM reconciliations WHERE stage = 'done'") == "1")
        }
    }

    @Test("a gateway that is away keeps the day for later, and days that were missed are made up")
    func away() async throws {
        try await PaymentWorld.with(sharesClock: true) { world in
            try await world.mandate()
            _ = try await Self.charged(world)
            world.clock.advance(by: .seconds(86_400))
            try await world.fault(#"{"kind":"error_before","path":"/v1/charges","times":1}"#)
            await #expect(throws: GatewayFailure.self) { try await world.parts.reconcile.round() }
            world.clock.advance(by: .seconds(3 * 86_400))
            while try await world.parts.reconcile.round() {}
            let days = try await world.scalar(
                "SELECT string_agg(to_char(day, 'DD') || stage, ' ' ORDER BY day) FROM reconciliations")
            #expect(days == "15done 16done 17done 18done")
            #expect(try await Self.totals(world) == "charge usd 1 5000 1 5000")
        }
    }
}
