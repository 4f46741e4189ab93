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
                           b.due_date, b.finalized_at, b.status, b.total, b.credited, b.link_generation,
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
            try await eventually(every: .milliseconds(200), "the projection") {
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

    @Test(
        "what identity has told is dropped in three services, asked for again, and equals what it was",
        .timeLimit(.minutes(8)))
    func identity() async throws {
        try await FaultWorld.with(charges: 20) { world in
            let projections = [
                "SELECT id, currency, zone, invoice_prefix, pay_link_days, pay_link_one_time, domain FROM invoice.organizations",
                "SELECT organization_id, name, email, address, language FROM invoice.organization_persons",
                "SELECT organization_id, currency, zone, name FROM payment.organizations",
                "SELECT organization_id, name, email, address, language, accent_color FROM notification.organizations",
                "SELECT account_id, name, email, language FROM notification.accounts",
            ]
            let everything = projections.map {
                "coalesce((SELECT string_agg(x::text, E'\\n' ORDER BY x::text) FROM (\($0)) x), '')"
            }.joined(separator: " || E'\\n\\n' || ")
            func state() async throws -> String {
                try await world.instance.pool.transaction { tx in
                    try tx.query("SELECT \(everything)").scalar(as: String.self) ?? ""
                }
            }
            let senders = try await world.instance.count("SELECT count(*) FROM identity.organizations")
            try await eventually("all names are known everywhere") {
                try await world.instance.count(
                    """
                    SELECT (SELECT count(*) FROM invoice.organization_persons)
                         + (SELECT count(*) FROM payment.organizations WHERE name IS NOT NULL)
                         + (SELECT count(*) FROM notification.organizations)
                         + (SELECT count(*) FROM notification.accounts)
                    """) == senders * 4
            }
            let before = try await state()
            _ = try await world.instance.pool.transaction { tx in
                try tx.execute(
                    """
                    TRUNCATE invoice.organizations, invoice.organization_persons, payment.organizations,
                        notification.organizations, notification.accounts
                    """)
            }
            #expect(try await state() != before)
            try await world.system.snapshot(of: "identity")
            do {
                try await eventually(every: .milliseconds(200), "the projections") {
                    try await state() == before
                }
            } catch is TimedOut {
                // The comparison shows what is missing.
            }
            #expect(try await state() == before)
            // And the system works on what was rebuilt.
            try await world.letTheDayCome()
            try await world.waitUntilQuiet()
            #expect(try await world.brokenPromises() == [])
        }
    }
}
