import LoadKit
import Postgres
import Primitives

/// Invoices of one organization, as many as asked for, written by set-based statements: nobody creates a million of
/// them through the interface for a benchmark.
///
/// Of a hundred 88 are paid, 8 open (a third of them overdue), 2 drafts, 1 voided, and 1 given up or refunded.
struct ListPopulation {
    let instance: Instance
    let organizationID: OrganizationID
    let count: Int
    let customers: Int

    /// The oldest invoice is as old as this; one follows the other evenly.
    private static let days = 900

    func load() async throws {
        let (organization, count, customers) = (organizationID, count, customers)
        for (name, sql) in Self.steps {
            Report.say("loading \(name)")
            _ = try await instance.pool.transaction { tx in
                // As the owner of the schema would name them.
                try tx.execute("SET LOCAL search_path = invoice")
                let used = Self.parameters(of: sql, [organization, count, customers])
                return try tx.execute(sql, used)
            }
        }
        Report.say("analysing")
        for table in [
            "invoices", "customers", "invoice_documents", "unsettled_invoices", "invoice_terms",
            "customer_terms",
            "statistic_days",
        ] {
            _ = try await instance.pool.transaction { tx in try tx.execute("ANALYZE invoice.\(table)") }
        }
        Report.say("reading everything once, as a database that has run for a while has")
        _ = try await instance.pool.transaction { tx in
            try tx.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
            try tx.execute(
                """
                SELECT pg_prewarm(c.oid) FROM pg_class c
                WHERE c.relnamespace = 'invoice'::regnamespace AND c.relkind IN ('r', 'i')
                """)
        }
    }

    /// As many of the parameters as the statement names.
    private static func parameters(
        of sql: String, _ all: [any PostgresEncodable]
    ) -> [any PostgresEncodable] {
        Array(all.prefix((1...all.count).filter { sql.contains("$\($0)") }.max() ?? 0))
    }

    /// A version 7 id of a moment and a number.
    private static let id = """
        (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex((n % 4096)::integer), 3, '0')
            || '8' || lpad(to_hex(n), 15, '0'))::uuid
        """

    /// Each invoice by its number: what becomes of it, how much it is over and whose it is.
    private static let facts = """
        (SELECT n, \(id) AS id, at, (at + interval '30 days')::date AS due, 1000 + (n * 7919) % 500000 AS total,
            1 + (n * 31) % $3 AS customer,
            CASE WHEN k < 88 THEN 'paid' WHEN k < 96 THEN 'finalized' WHEN k < 98 THEN 'draft' WHEN k < 99 THEN 'voided'
                WHEN n % 2 = 0 THEN 'uncollectible' ELSE 'refunded' END AS kind
        FROM (SELECT n, now() - interval '\(days) days' + n * (interval '\(days) days' / $2::double precision) AS at,
            -- The newest are not paid yet, so that two thirds of what is open is not due.
            CASE WHEN n > $2 * 0.966 THEN CASE WHEN (n * 7) % 100 < 50 THEN 0 ELSE 90 END
                WHEN (n * 7) % 100 BETWEEN 88 AND 92 THEN 0 ELSE (n * 7) % 100 END AS k
            FROM generate_series(1::bigint, $2) AS n) s) f
        """

    private static let steps: [(name: String, sql: String)] = [
        (
            "customers",
            """
            INSERT INTO customers (id, organization_id, currency, name, email, person_version, sequence, created_at,
                updated_at)
            SELECT \(id), $1, 'USD', 'Client ' || n || ' ' || (ARRAY['Trading', 'Studio', 'Works', 'Labs'])[1 + n % 4],
                'client.' || n || '@client.test', 1, 1, at, at
            FROM (SELECT n, now() - interval '\(days) days' + n * interval '1 second' AS at
                FROM generate_series(1::bigint, $3) AS n WHERE $2 > 0) s
            """
        ),
        (
            "words of customers",
            """
            INSERT INTO customer_terms SELECT DISTINCT organization_id, t.term, id FROM customers,
                unnest(search_terms(name) || search_terms(email)) AS t (term) WHERE organization_id = $1
            ON CONFLICT DO NOTHING
            """
        ),
        (
            "invoices",
            """
            INSERT INTO invoices (id, organization_id, customer_id, state, debt, is_processing, currency, zone, total,
                amount_paid, amount_refunded, amount_credited, number, issue_date, due_date, created_at, updated_at,
                finalized_at, paid_at, voided_at, uncollectible_at, pay_link_generation, pay_link_one_time,
                email_sent_count, sequence)
            SELECT f.id, $1, c.id, CASE kind WHEN 'refunded' THEN 'paid' ELSE kind END,
                CASE kind WHEN 'paid' THEN 'paid' WHEN 'refunded' THEN 'refunded' ELSE 'unpaid' END, false, 'USD', 'UTC',
                total, CASE WHEN kind IN ('paid', 'refunded') THEN total ELSE 0 END,
                CASE kind WHEN 'refunded' THEN total ELSE 0 END, 0,
                CASE WHEN kind <> 'draft' THEN 'B0-' || lpad(n::text, greatest(6, length(n::text)), '0') END,
                CASE WHEN kind <> 'draft' THEN at::date END, due, at, at, CASE WHEN kind <> 'draft' THEN at END,
                CASE WHEN kind IN ('paid', 'refunded') THEN at + interval '3 days' END,
                CASE kind WHEN 'voided' THEN at END, CASE kind WHEN 'uncollectible' THEN at END, 1, false, 1, 2
            FROM \(facts)
                JOIN (SELECT row_number() OVER (ORDER BY id) AS k, id FROM customers WHERE organization_id = $1) c
                ON c.k = f.customer
            ORDER BY f.id
            """
        ),
        (
            "titles",
            """
            INSERT INTO invoice_documents (invoice_id, title)
            SELECT id, (ARRAY['Consulting', 'Retainer', 'Support', 'Audit'])[1 + n % 4] || ' ' || n % 10000
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM invoices WHERE organization_id = $1) i
            """
        ),
        (
            "words of titles",
            """
            INSERT INTO invoice_terms SELECT i.organization_id, t.term, i.id
            FROM invoices i JOIN invoice_documents d ON d.invoice_id = i.id, unnest(search_terms(d.title)) AS t (term)
            WHERE i.organization_id = $1
            """
        ),
        (
            "receipts",
            """
            INSERT INTO receipts (payment_id, invoice_id, organization_id, amount, method, source, succeeded_at)
            SELECT gen_random_uuid(), id, organization_id, amount_paid, 'card', 'autopay', paid_at
            FROM invoices WHERE organization_id = $1 AND amount_paid > 0
            """
        ),
        (
            "standings",
            """
            INSERT INTO unsettled_invoices (invoice_id, organization_id, state, debt, due_date)
            SELECT id, organization_id, state, debt, due_date FROM invoices
            WHERE organization_id = $1 AND NOT (state = 'paid' AND debt = 'paid')
            """
        ),
        (
            "statistics",
            "INSERT INTO statistic_days SELECT * FROM statistic_recount WHERE organization_id = $1"
        ),
    ]
}
