import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A sender with one charge does not wait behind one with thousands", .timeLimit(.minutes(10)))
struct FairClaimTests {
    private static let crowd = 5_000
    private static let batch = 16

    /// Copies the one ready attempt of the world, with its invoice, plan and payment.
    private static func copy(
        _ count: Int, to organization: OrganizationID, _ world: PaymentWorld
    ) async throws {
        try await world.pool.transaction { tx in
            try tx.send(
                """
                CREATE TEMP TABLE copies ON COMMIT DROP AS
                SELECT gen_random_uuid() AS invoice, gen_random_uuid() AS plan, gen_random_uuid() AS payment,
                       gen_random_uuid() AS attempt, (SELECT attempt_id FROM attempts ORDER BY created_at LIMIT 1) AS model
                  FROM generate_series(1, $1)
                """, [count])
            let tables = [
                ("payables", "invoice_id", "'invoice_id', c.invoice, 'leased_by', c.attempt"),
                ("plans", "plan_id", "'plan_id', c.plan, 'invoice_id', c.invoice, 'payment_id', c.payment"),
                (
                    "payments", "payment_id",
                    "'payment_id', c.payment, 'plan_id', c.plan, 'invoice_id', c.invoice, 'last_attempt_id', c.attempt"
                ),
                (
                    "attempts", "attempt_id",
                    "'attempt_id', c.attempt, 'payment_id', c.payment, 'plan_id', c.plan, 'invoice_id', c.invoice"
                ),
            ]
            for (table, key, ids) in tables {
                try tx.send(
                    """
                    INSERT INTO \(table)
                    SELECT r.* FROM copies c JOIN attempts a ON a.attempt_id = c.model JOIN \(table) m ON m.\(key) = a.\(key)
                     CROSS JOIN LATERAL jsonb_populate_record(
                        m, jsonb_build_object(\(ids), 'organization_id', $1::uuid)) r
                    """, [organization])
            }
        }
    }

    @Test(
        "the one is among the first two batches, whichever of them comes first in the order of senders",
        arguments: [0, UInt64.max])
    func oneAmongMany(high: UInt64) async throws {
        try await PaymentWorld.with([
            "DUELY_CLAIM_BATCH": "\(Self.batch)", "DUELY_GATEWAY_CONCURRENCY": "\(Self.batch)",
        ]) { world in
            try await world.mandate()
            try await world.accept([world.due(world.issue(5000))])
            try await Self.copy(Self.crowd - 1, to: world.organizationID, world)
            try await Self.copy(1, to: OrganizationID(RawID(high: high, low: 7)), world)
            try await world.startExecutorOnce()
            let other = RawID(high: high, low: 7).uuidString
            try await eventually {
                try await world.scalar(
                    "SELECT state FROM attempts WHERE organization_id = '\(other)'") == "succeeded"
            }
            // However long that took: the order of the events tells how many were charged before it.
            let before = try await world.scalar(
                """
                SELECT count(*) FROM events
                 WHERE type = 'payment.succeeded.v1'
                   AND id < (SELECT e.id FROM events e JOIN attempts a ON a.payment_id = e.aggregate_id
                              WHERE e.type = 'payment.succeeded.v1' AND a.organization_id = '\(other)')
                """)
            #expect(try #require(Int(before)) <= 2 * Self.batch)
        }
    }

    @Test("a sender with one standing order is paid in the first round, beside one with hundreds")
    func orders() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(2_500)
            try await world.take([world.orderDue(order)])
            let other = OrganizationID(.v7())
            try await world.pool.transaction { tx in
                for (organization, count) in [(world.organizationID, 500), (other, 1)] {
                    try tx.send(
                        """
                        WITH c AS MATERIALIZED (
                            SELECT gen_random_uuid() AS standing_order, gen_random_uuid() AS payment
                              FROM generate_series(1, $2)),
                        o AS (
                            INSERT INTO standing_orders
                            SELECT r.* FROM c, standing_orders m, jsonb_populate_record(m, jsonb_build_object(
                                'standing_order_id', c.standing_order, 'organization_id', $1::uuid)) r
                             WHERE m.standing_order_id = $3)
                        INSERT INTO standing_order_payments
                        SELECT r.* FROM c, standing_order_payments m, jsonb_populate_record(m, jsonb_build_object(
                            'standing_order_id', c.standing_order, 'payment_id', c.payment, 'organization_id', $1::uuid)) r
                         WHERE m.standing_order_id = $3
                        """, [organization, count, order])
                }
            }
            let claimed = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.payOrders.claim(upTo: Self.batch, in: tx)
            }
            #expect(claimed.count == Self.batch / 2 + 1)
            let raw = other.raw.uuidString
            #expect(
                try await world.scalar("SELECT count(*) FROM attempts WHERE organization_id = '\(raw)'")
                    == "1")
        }
    }
}
