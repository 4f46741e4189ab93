import LoadKit
import Postgres
import Primitives
import TestKit
import Testing

@Suite("A projection that was lost comes back", .serialized)
struct SnapshotTests {
    @Test(
        "payment's projection is dropped under load, asked for again, and equals what it was",
        .timeLimit(.minutes(8)))
    func rebuilt() async throws {
        try await FaultWorld.with(charges: 600) { world in
            let projection = """
                SELECT string_agg(x::text, E'\\n' ORDER BY x.invoice_id) FROM (
                    SELECT b.invoice_id, b.organization_id, b.customer_id, b.account_id, b.number, b.currency, b.zone, b.issue_date,
                           b.due_date, b.finalized_at, b.status, b.total, b.credited, b.invoice_paid, b.link_generation,
                           b.link_expires_at, b.link_is_one_time FROM payment.payables b) x
                """
            func digest() async throws -> String {
                try await world.instance.pool.transaction { tx in
                    try tx.query("SELECT md5((\(projection)))").scalar(as: String.self) ?? ""
                }
            }
            let before = try await digest()
            // What only events say is gone; what this service itself has decided (plans and mandates) stays.
            _ = try await world.instance.pool.transaction { tx in
                try tx.execute("TRUNCATE payment.payables, payment.customers")
            }
            async let load = world.population.issue(200)
            try await world.system.snapshot(of: "invoice")
            _ = try await load
            try await eventually(within: .seconds(60), every: .milliseconds(200), "the projection") {
                try await world.instance.count("SELECT count(*) FROM payment.payables") == 800
            }
            _ = try await world.instance.pool.transaction { tx in
                try tx.execute(
                    "DELETE FROM payment.payables WHERE invoice_id NOT IN (SELECT id FROM invoice.invoices ORDER BY created_at LIMIT 600)"
                )
            }
            #expect(try await digest() == before)
        }
    }
}
