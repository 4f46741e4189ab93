import Primitives
import TestKit
import Testing

@Suite("Whatever dies, each day of a series is one invoice", .serialized)
struct RecurringKillTests {
    private static let series = 200

    @Test(
        "the invoice service and the broker are killed while 200 series make up three days",
        .timeLimit(.minutes(6)))
    func killedInTheMiddle() async throws {
        let system = try await RunningSystem.start(["DUELY_LOG_LEVEL": "warning"])
        do {
            try await Self.run(system)
        } catch {
            await system.stop()
            throw error
        }
        await system.stop()
    }

    private static func run(_ system: RunningSystem) async throws {
        let sender = try await Sender(system)
        let (api, customer) = (sender.api, sender.customer)
        for _ in 0..<series {
            try await api.post(
                "/v1/recurring_invoices",
                """
                {"unit":"day","count":3,"time":"23:59","due_after_days":7,"auto_send":true,
                 "invoice":{"customer_id":"\(customer)","line_items":[{"description":"A","amount":"5.00"}]}}
                """
            ).require(201)
        }
        try await eventually("the timers") {
            try await system.query(
                "SELECT count(*) FROM scheduler.schedules WHERE kind = 'recurring_invoice'"
            ).hasPrefix("\(series)")
        }
        try await system.advance(by: .seconds(5 * 86_400))
        var counts: [Int] = []
        for (victim, share) in [("invoice", 1), ("rabbitmq", 3), ("invoice", 5), ("invoice", 7)] {
            let patience = ContinuousClock.now + .seconds(10)
            try await eventually(every: .milliseconds(20), "some invoices") {
                try await made(system) >= series * 3 * share / 10 || ContinuousClock.now > patience
            }
            try await system.part(victim, "kill")
            counts.append(try await made(system))
            try await system.part(victim, "start")
        }
        #expect(counts.contains { (1..<(series * 3)).contains($0) }, "killed in the middle: \(counts)")
        try await eventually(within: .seconds(90), "all invoices") {
            try await made(system) >= series * 3
        }
        try await eventually("all mails") {
            try await system.mail.mails(to: "acme@client.test").count >= series * 3
        }
        for (promise, sql) in promises {
            #expect(try await system.query(sql).hasPrefix("0"), "\(promise)")
        }
        #expect(try await system.deadLetters() == [])
    }

    private static func made(_ system: RunningSystem) async throws -> Int {
        let count = try await system.query(
            "SELECT count(*) FROM invoice.invoice_documents WHERE recurring_invoice_id IS NOT NULL")
        return Int(count.filter(\.isNumber)) ?? 0
    }

    private static let promises: [(String, String)] = [
        (
            "a series with more or fewer than three sent invoices",
            """
            SELECT count(*) FROM (SELECT FROM invoice.invoice_documents d JOIN invoice.invoices i ON i.id = d.invoice_id
                WHERE d.recurring_invoice_id IS NOT NULL AND i.state = 'finalized'
                GROUP BY d.recurring_invoice_id
                HAVING count(*) <> 3 OR count(DISTINCT d.occurrence_date) <> 3) x
            """
        ),
        (
            "a series that is not finished",
            "SELECT count(*) FROM invoice.recurring_invoices WHERE status <> 'finished' OR invoice_count <> 3"
        ),
        (
            "an invoice whose mail was asked for twice or never",
            """
            SELECT count(*) FROM invoice.invoice_documents d
             WHERE d.recurring_invoice_id IS NOT NULL
               AND (SELECT count(*) FROM invoice.invoice_mails m WHERE m.invoice_id = d.invoice_id) <> 1
            """
        ),
        (
            "a number that is missing",
            "SELECT max(last_count) - (SELECT count(number) FROM invoice.invoices) FROM invoice.invoice_counters"
        ),
    ]
}
