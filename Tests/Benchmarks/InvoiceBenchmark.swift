import LoadKit
import Postgres
import Primitives

/// The requests of a sender, each kind alone: draft, issue, read, first page; 32 connections.
///
/// The time of all processes counts, also what the other services do with the events; it is read when everything that
/// the requests caused has been done.
struct InvoiceBenchmark {
    let instance: Instance
    let arguments: Arguments

    private var seconds: Int { arguments.int("seconds", default: 8) }

    func run() async throws {
        try await instance.pool.start()
        let population = try await Population.withoutClients(
            instance, organizations: arguments.int("organizations", default: 50), customersEach: 5,
            say: Report.say)
        let drafts = (0..<population.count).map { number in
            let (body, token) = population.draft(number)
            return RequestLoad.Request("POST", "/v1/invoices", token: token, json: body)
        }
        // The first requests of a process meet cold caches.
        _ = try await RequestLoad(to: instance.url("invoice"), drafts).run(seconds: 2)
        try await Quiet(instance: instance).wait()
        try await measure("invoices.create", drafts)
        let invoices = try await invoices(population)
        try await measure(
            "invoices.finalize",
            invoices.map { .init("POST", "/v1/invoices/\($0.id)/finalize", token: $0.token) }, once: true)
        try await measure(
            "invoices.read", invoices.map { .init("GET", "/v1/invoices/\($0.id)", token: $0.token) })
        try await measure(
            "invoices.page",
            invoices.prefix(1_000).map { .init("GET", "/v1/invoices?limit=20", token: $0.token) })
        await instance.pool.stop()
    }

    /// All drafts in an order that mixes the organizations, as a day's work would.
    private func invoices(_ population: Population) async throws -> [(id: String, token: String)] {
        let tokens = population.tokens
        return try await instance.pool.transaction { tx in
            try tx.query("SELECT id, organization_id FROM invoice.invoices ORDER BY md5(id::text)").map {
                row in
                let (id, organization): (InvoiceID, OrganizationID) = (try row[0], try row[1])
                return (id.description, tokens[organization] ?? "")
            }
        }
    }

    private func measure(_ name: String, _ requests: [RequestLoad.Request], once: Bool = false) async throws {
        Report.say(name)
        let statements = StatementTimes(instance: instance)
        let statementCount = arguments.int("statements", default: 0)
        if statementCount > 0 { try await statements.reset() }
        let before = try ProcessorTime(instance.processes())
        let figures = try await RequestLoad(to: instance.url("invoice"), requests).run(
            seconds: seconds, once: once)
        try await Quiet(instance: instance).wait()
        let used = try ProcessorTime(instance.processes()).since(before)
        let count = Double(figures.count)
        Report.figure(
            name, count / figures.seconds, unit: "1/s",
            cpuMillisecondsPerOperation: used.reduce(0) { $0 + $1.seconds } * 1000 / count,
            details: [("p50_ms", figures.median), ("p99_ms", figures.slowest)]
                + used.map { ("cpu_ms_\($0.part)", $0.seconds * 1000 / count) })
        if statementCount > 0 { try await statements.print(statementCount, operations: figures.count) }
    }
}
