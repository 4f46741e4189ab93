import Foundation
import LoadKit
import Postgres
import Primitives

/// Automatic payments that are all due at once: from the first due to the last notice.
///
/// "Notified" means that the notice and the feed rows of the paid invoice are committed; mails run behind.
struct ChargeBenchmark {
    let instance: Instance
    let arguments: Arguments

    func run() async throws {
        let backlog = arguments.int("backlog", default: 50_000)
        try await instance.pool.start()
        let population = try await Population.make(
            instance, organizations: arguments.int("organizations", default: 200),
            clientsEach: arguments.int("clients", default: 5), say: Report.say)
        // One sender has a single charge, behind all those of the others.
        let (small, others) = population.parted()
        try await issue(backlog, small, others)
        try await measure(backlog)
        try await measureLag(small.organization)
        try await check(backlog)
        try await measureOne(population)
        await instance.pool.stop()
    }

    private func issue(_ backlog: Int, _ small: Population, _ others: Population) async throws {
        Report.say("issuing \(backlog) invoices through the API")
        let before = try ProcessorTime(instance.processes())
        let elapsed = try await others.issue(backlog - 1) + small.issue(1)
        let used = try ProcessorTime(instance.processes()).since(before)
        Report.figure(
            "invoices.create_and_finalize", Double(backlog) / elapsed.inSeconds, unit: "1/s",
            cpuMillisecondsPerOperation: used.reduce(0) { $0 + $1.seconds } * 1000 / Double(backlog),
            details: used.map { ("cpu_ms_\($0.part)", $0.seconds * 1000 / Double(backlog)) })
        Report.say("waiting until all of them are planned")
        try await instance.wait(
            for: "schedules", until: Int64(backlog),
            "SELECT count(*) FROM scheduler.schedules WHERE state = 'active' AND kind = 'charge'")
        try await Quiet(instance: instance).wait()
    }

    private static let notified =
        "SELECT count(*) FROM notification.notices WHERE kind = 'invoice_paid' AND account_id IS NULL"

    private static let feedPosition = "SELECT last_value FROM notification.feed_position_seq"

    /// Other timers go off as well: every organization has two a day.
    private static let charges =
        "scheduler.occurrences JOIN scheduler.schedules s ON s.id = schedule_id WHERE s.kind = 'charge'"

    private static let elapsedMicroseconds = """
        SELECT (extract(epoch FROM (SELECT max(created_at) FROM notification.notices WHERE kind = 'invoice_paid')
                       - (SELECT min(fired_at) FROM \(charges))) * 1000000)::bigint
        """

    private func measure(_ backlog: Int) async throws {
        Report.say("the day comes: \(backlog) charges are due")
        let statements = StatementTimes(instance: instance)
        if arguments.int("statements", default: 0) > 0 { try await statements.reset() }
        let fed = try await instance.count(Self.feedPosition)
        let before = try ProcessorTime(instance.processes())
        try instance.setClock(shiftSeconds: 2 * 86_400)
        try await instance.wait(
            for: "the first due", until: 1, every: .milliseconds(10),
            "SELECT count(*) FROM (SELECT FROM \(Self.charges) LIMIT 1) x")
        // Counting costs the database time that would be put down to the charges. So the feed is asked how far it is,
        // which costs nothing, until it has three events of each charge; then the notices are counted. The figure is
        // taken from the stamps of the first due and the last notice.
        try await instance.wait(
            for: "the feed of all charges", until: fed + 3 * Int64(backlog), Self.feedPosition)
        try await instance.wait(for: "notices", until: Int64(backlog), every: .seconds(1), Self.notified)
        let elapsed = Double(try await instance.count(Self.elapsedMicroseconds)) / 1_000_000
        let used = try ProcessorTime(instance.processes()).since(before)
        let replicas = try instance.processes()["payment"]?.count ?? 0
        Report.figure(
            "charges", Double(backlog) / elapsed, unit: "1/s",
            cpuMillisecondsPerOperation: used.reduce(0) { $0 + $1.seconds } * 1000 / Double(backlog),
            details: [("backlog", Double(backlog)), ("payment_replicas", Double(replicas))]
                + used.map { ("cpu_ms_\($0.part)", $0.seconds * 1000 / Double(backlog)) })
        if arguments.int("statements", default: 0) > 0 {
            try await statements.print(arguments.int("statements", default: 0), operations: backlog)
        }
    }

    /// From the first due to the call at the gateway; all are due at once, so the last waits for all the others.
    private func measureLag(_ small: OrganizationID) async throws {
        let lag =
            "extract(epoch FROM sent_at - (SELECT min(fired_at) FROM \(Self.charges))) * 1000 AS ms FROM payment.attempts"
        func percentile(_ share: Double) async throws -> Double {
            Double(
                try await instance.count(
                    "SELECT percentile_disc(\(share)) WITHIN GROUP (ORDER BY ms)::bigint FROM (SELECT \(lag)) x"
                ))
        }
        let alone = try await instance.count(
            "SELECT ms::bigint FROM (SELECT \(lag) WHERE organization_id = '\(small.raw)') x")
        // Its due was the last to be said; from then on nobody stood before it.
        let ready = try await instance.count(
            """
            SELECT (extract(epoch FROM sent_at - created_at) * 1000)::bigint FROM payment.attempts
            WHERE organization_id = '\(small.raw)'
            """)
        Report.figure(
            "charges.lag", try await percentile(0.5), unit: "ms",
            details: [
                ("p99", try await percentile(0.99)), ("worst", try await percentile(1)),
                ("sender_with_one_charge", Double(alone)), ("after_its_due_arrived", Double(ready)),
            ])
    }

    /// The run counts only when the books are right.
    private func check(_ backlog: Int) async throws {
        let expectations: [(String, String, Int64)] = [
            ("invoices paid", "SELECT count(*) FROM invoice.invoices WHERE state = 'paid'", Int64(backlog)),
            (
                "attempts succeeded", "SELECT count(*) FROM payment.attempts WHERE state = 'succeeded'",
                Int64(backlog)
            ),
            ("other attempts", "SELECT count(*) FROM payment.attempts WHERE state <> 'succeeded'", 0),
            ("ledger rows", "SELECT count(*) FROM payment.ledger_entries", 2 * Int64(backlog)),
            ("ledger sum", "SELECT coalesce(sum(amount), 0)::bigint FROM payment.ledger_entries", 0),
            ("notices", Self.notified, Int64(backlog)),
        ]
        for (name, sql, expected) in expectations {
            let found = try await instance.count(sql)
            guard found == expected else {
                throw LoadFailure("\(name): \(found) instead of \(expected)")
            }
        }
        let ledger = try await instance.send("GET", instance.gateway + "/_ledger", token: "sk_test_bench")
        guard ledger["captures"]?.int64 == Int64(backlog) else {
            throw LoadFailure(
                "the gateway captured \(ledger["captures"]?.int64 ?? -1) instead of \(backlog)")
        }
        Report.say(
            "the books are right: \(backlog) captures, invoices, notices; the ledger adds up to nothing")
    }

    /// One charge alone, when nothing else is going on: from the moment it is due to its notice.
    private func measureOne(_ population: Population) async throws {
        try await Quiet(instance: instance).wait()
        let rounds = 5
        var latencies: [Double] = []
        for round in 0..<rounds {
            let notices = try await instance.count(Self.notified)
            try await population.issueOneMore()
            try await instance.wait(
                for: "the schedule", until: 1, every: .milliseconds(20),
                "SELECT count(*) FROM scheduler.schedules WHERE state = 'active' AND kind = 'charge'")
            let moment = try await instance.count(
                """
                SELECT (extract(epoch FROM min(next_run_at)) * 1000)::bigint FROM scheduler.schedules
                WHERE state = 'active' AND kind = 'charge'
                """
            )
            // The clock is put three seconds before the moment, so that the due comes on time and not late.
            let now = SystemClock().now().microseconds / 1000
            try instance.setClock(shiftSeconds: (moment - now) / 1000 - 3)
            try await instance.wait(
                for: "the notice", until: notices + 1, every: .milliseconds(20), Self.notified)
            latencies.append(Double(try await latencyMicroseconds()) / 1000)
            Report.say("round \(round + 1): \(latencies[round]) ms from due to notice")
        }
        let sorted = latencies.sorted()
        Report.figure(
            "charges.latency_alone", sorted[rounds / 2], unit: "ms",
            details: [("best", sorted[0]), ("worst", sorted[rounds - 1])])
    }

    private func latencyMicroseconds() async throws -> Int64 {
        try await instance.count(
            """
            SELECT (extract(epoch FROM (SELECT max(created_at) FROM notification.notices WHERE kind = 'invoice_paid')
                           - (SELECT max(due_at) FROM \(Self.charges))) * 1000000)::bigint
            """)
    }
}
