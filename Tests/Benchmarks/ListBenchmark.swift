import LoadKit
import Postgres
import Primitives

/// Every kind of list of an organization with very many invoices: pages, filters, orders, searches, counts, statistics.
///
/// Each kind is asked for again and again with values of its own, over a few connections: what counts here is how long
/// one answer takes, not how many can be squeezed out of the machine.
struct ListBenchmark {
    let instance: Instance
    let arguments: Arguments

    private var seconds: Int { arguments.int("seconds", default: 5) }
    private var count: Int { arguments.int("count", default: 1_000_000) }
    private var connections: Int { arguments.int("connections", default: 4) }

    func run() async throws {
        try await instance.pool.start()
        let senders = try await Population.withoutClients(instance, organizations: 1, customersEach: 1)
        guard let (organizationID, token) = senders.tokens.first else {
            throw LoadFailure("there is no sender")
        }
        let customers = min(20_000, max(1, count / 50))
        try await ListPopulation(
            instance: instance, organizationID: organizationID, count: count, customers: customers
        ).load()
        let places = try await places(organizationID)
        for (name, paths) in kinds(places) {
            let requests = paths.map { RequestLoad.Request("GET", "/v1/" + $0, token: token) }
            try await measure(name, requests)
        }
        await instance.pool.stop()
    }

    /// Rows here and there, so that pages begin everywhere.
    private struct Place {
        let id: InvoiceID
        let customerID: CustomerID
        let number: String
        let due: CivilDate
        let issued: CivilDate
        let total: Int64
    }

    private func places(_ organizationID: OrganizationID) async throws -> [Place] {
        let step = max(1, count / 200)
        return try await instance.pool.transaction { tx in
            try tx.query(
                """
                SELECT id, customer_id, number, due_date, issue_date, total FROM invoice.invoices
                WHERE organization_id = $1 AND number IS NOT NULL
                    AND substr(number, 4)::bigint % $2 = 0 ORDER BY md5(id::text)
                """, [organizationID, step]
            ).map { row in
                Place(
                    id: try row[0], customerID: try row[1], number: try row[2], due: try row[3],
                    issued: try row[4], total: try row[5])
            }
        }
    }

    private func kinds(_ places: [Place]) -> [(name: String, paths: [String])] {
        func each(_ path: (Place) -> String) -> [String] { places.map { "invoices?" + path($0) } }
        return [
            ("lists.first", ["invoices"]),
            ("lists.deep", each { "cursor=\($0.id)" }),
            ("lists.paid", each { "status=paid&cursor=\($0.id)" }),
            ("lists.open", ["invoices?status=finalized"]),
            ("lists.open_deep", each { "status=finalized&cursor=\($0.id)" }),
            ("lists.drafts", ["invoices?status=draft"]),
            ("lists.voided", ["invoices?status=voided"]),
            ("lists.refunded", ["invoices?payment_status=refunded"]),
            ("lists.unpaid", ["invoices?payment_status=unpaid"]),
            ("lists.overdue", ["invoices?overdue=true", "invoices?overdue=true&sort=due_date"]),
            ("lists.customer", each { "customer_id=\($0.customerID)" }),
            ("lists.customer_open", each { "customer_id=\($0.customerID)&status=finalized" }),
            ("lists.due_range", each { "due_from=\($0.due)&due_to=\($0.due.adding(days: 31))" }),
            (
                "lists.issued_range",
                each { "issued_from=\($0.issued)&issued_to=\($0.issued.adding(days: 7))" }
            ),
            ("lists.created_range", each { "created_to=\($0.issued)T00:00:00Z" }),
            (
                "lists.amount_range",
                each {
                    "currency=usd&amount_min=\(Self.units($0.total))&amount_max=\(Self.units($0.total + 5_000))"
                }
            ),
            ("lists.by_due_date", each { "sort=due_date&cursor=due_date.\($0.due).\($0.id)" }),
            ("lists.by_total", each { "sort=-total&currency=usd&cursor=total.\($0.total).\($0.id)" }),
            ("lists.by_number", each { "sort=number&cursor=number.\($0.number)" }),
            ("lists.search_number", each { "q=\($0.number.lowercased())" }),
            ("lists.search_prefix", each { "q=\($0.number.dropLast(3))" }),
            ("lists.search_customer", each { "q=client%20\($0.total % 19_999)%20" }),
            ("lists.search_title", each { "q=audit%20\($0.total % 9_999)" }),
            ("lists.search_common", ["invoices?q=audit", "invoices?q=client", "invoices?q=trading"]),
            ("lists.count", ["invoices?count=true&limit=20"]),
            ("lists.count_open", ["invoices?count=true&limit=20&status=finalized"]),
            ("lists.customers_word", ["customers?q=studio"]),
            ("lists.customers_name", places.map { "customers?q=client%20\($0.total % 19_999)" }),
            ("lists.stats", ["invoices/stats"]),
            ("lists.stats_by_month", ["invoices/stats?interval=month"]),
        ]
    }

    private static func units(_ total: Int64) -> String {
        "\(total / 100).\(total % 100 < 10 ? "0" : "")\(total % 100)"
    }

    private func measure(_ name: String, _ requests: [RequestLoad.Request]) async throws {
        let load = RequestLoad(to: instance.url("invoice"), requests, connections: connections)
        _ = try await load.run(seconds: 1)
        let before = try ProcessorTime(instance.processes())
        let figures = try await load.run(seconds: seconds)
        let used = try ProcessorTime(instance.processes()).since(before)
        Report.figure(
            name, figures.slowest, unit: "ms",
            cpuMillisecondsPerOperation: used.reduce(0) { $0 + $1.seconds } * 1000 / Double(figures.count),
            details: [("p50_ms", figures.median), ("per_second", Double(figures.count) / figures.seconds)])
    }
}
