import LoadKit
import Postgres
import Primitives
import TestKit

/// A whole system with automatic payments to come, and what has to be true of it when all is quiet again.
struct FaultWorld {
    let system: RunningSystem
    let instance: Instance
    let population: Population
    let count: Int

    /// Starts a system of its own and issues invoices that are all due tomorrow.
    static func with(
        charges count: Int, settings: [String: String] = [:], _ body: (FaultWorld) async throws -> Void
    ) async throws {
        let system = try await RunningSystem.start(
            settings.merging(["DUELY_LOG_LEVEL": "warning"]) { mine, _ in mine })
        let outcome: Result<Void, any Error>
        do {
            let instance = try Instance(home: system.home)
            try await instance.pool.start()
            let population = try await Population.make(instance, organizations: 10, clientsEach: 4)
            try await population.issue(count)
            let world = FaultWorld(system: system, instance: instance, population: population, count: count)
            try await world.waitUntilPlanned()
            do {
                try await body(world)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await instance.pool.stop()
        } catch {
            await system.stop()
            throw error
        }
        await system.stop()
        try outcome.get()
    }

    private func waitUntilPlanned() async throws {
        try await instance.wait(
            for: "schedules", until: Int64(count),
            "SELECT count(*) FROM scheduler.schedules WHERE state = 'active' AND kind = 'charge'")
    }

    /// The day of all charges comes.
    func letTheDayCome() async throws { try await system.advance(by: .seconds(2 * 86_400)) }

    /// How many invoices are paid so far; unknown while the database is away.
    func paid() async -> Int64? {
        do {
            return try await instance.count("SELECT count(*) FROM invoice.invoices WHERE state = 'paid'")
        } catch {
            return nil
        }
    }

    /// Waits until everything is paid and nothing is on its way any more.
    func waitUntilQuiet() async throws {
        try await eventually(within: .seconds(240), every: .milliseconds(250), "all invoices paid") {
            await paid() == Int64(count)
        }
        try await eventually(
            within: .seconds(60), every: .milliseconds(250), "empty outboxes, all heard by all"
        ) {
            try await instance.count(
                """
                SELECT (SELECT count(*) FROM identity.pending) + (SELECT count(*) FROM invoice.pending)
                     + (SELECT count(*) FROM payment.pending) + (SELECT count(*) FROM scheduler.pending)
                     + (SELECT count(*) FROM notification.pending)
                     + (SELECT count(*) FROM payment.attempts WHERE state NOT IN ('succeeded', 'declined', 'cancelled'))
                     + \(count) - (SELECT count(*) FROM notification.notices WHERE kind = 'invoice_paid' AND account_id IS NULL)
                """) == 0
        }
    }

    /// What is wrong, in sentences; empty when every promise was kept.
    func brokenPromises() async throws -> [String] {
        var broken: [String] = []
        let ledger = try await instance.send(
            "GET", instance.gateway + "/_ledger?group=invoice_id", token: "sk_test_faults")
        let groups = ledger["groups"]?.members ?? []
        if groups.count != count {
            broken.append("\(groups.count) invoices were captured instead of \(count)")
        }
        for (invoice, sum) in groups where sum["captures"]?.int64 != 1 {
            broken.append("\(invoice) was captured \(sum["captures"]?.int64 ?? -1) times")
        }
        for (name, sql) in Self.promises {
            let violations = try await instance.count(sql)
            if violations != 0 { broken.append("\(name): \(violations)") }
        }
        for service in ["identity", "invoice", "payment", "scheduler", "notification"] {
            let found = try await instance.send("GET", instance.url(service) + "/v1/invariants").elements
            broken += found.map { "\(service): \(String(decoding: $0.rawBytes, as: UTF8.self))" }
        }
        return broken + (try await Broker(instance).deadLetters()).map { "dead letters: \($0)" }
    }

    private static let promises: [(String, String)] = [
        ("invoices that are not paid", "SELECT count(*) FROM invoice.invoices WHERE state <> 'paid'"),
        (
            "plans that did not collect",
            "SELECT count(*) FROM payment.plans WHERE state <> 'collected'"
        ),
        ("refunds", "SELECT count(*) FROM payment.refunds"),
        (
            "payments with more than one success",
            """
            SELECT count(*) FROM (SELECT FROM payment.attempts WHERE state = 'succeeded'
                                   GROUP BY payment_id HAVING count(*) <> 1) x
            """
        ),
        (
            "receipts that are no payment, or payments without receipt",
            """
            SELECT count(*) FROM invoice.receipts r FULL JOIN payment.allocations a
                ON a.payment_id = r.payment_id AND a.invoice_id = r.invoice_id
             WHERE r.amount IS DISTINCT FROM a.amount
            """
        ),
        (
            "subjects whose sequence has a gap in the feed",
            """
            SELECT count(*) FROM (
                SELECT FROM notification.feed WHERE sequence IS NOT NULL AND source = '/invoice' AND subject LIKE 'inv%'
                 GROUP BY subject HAVING max(sequence) - min(sequence) + 1 <> count(DISTINCT sequence)) x
            """
        ),
        (
            "sequences that stand for two events",
            """
            SELECT count(*) FROM (SELECT FROM notification.feed WHERE sequence IS NOT NULL
                                   GROUP BY source, subject, sequence HAVING count(*) > 1) x
            """
        ),
    ]
}
