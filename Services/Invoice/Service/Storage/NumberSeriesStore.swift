import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes how organizations number their documents, and counts.
enum NumberSeriesStore {
    /// The columns that `series(_:_:at:usualPrefix:)` reads.
    static let columns = "s.prefix, s.pattern, s.is_yearly"

    /// In front of the numbers of credit notes, unless the organization chose something else.
    static let creditNotePrefix = "CN"

    /// A series as it is stored, or as it is when nothing was chosen.
    static func series(
        _ name: NumberSeries.Name, _ row: Row, at first: Int, usualPrefix: String
    ) throws(PostgresError) -> NumberSeries {
        let prefix = try row.get(first, as: String?.self) ?? usualPrefix
        guard let text = try row.get(first + 1, as: String?.self) else {
            return NumberSeries(name: name, prefix: prefix)
        }
        return NumberSeries(
            name: name, prefix: prefix, pattern: try pattern(text), isYearly: try row[first + 2])
    }

    private static func pattern(_ text: String) throws(PostgresError) -> NumberPattern {
        do throws(NumberPattern.Flaw) {
            return try NumberPattern(text)
        } catch {
            throw PostgresError(code: .decoding, message: "a stored number pattern cannot be read")
        }
    }

    /// All series of an organization, in a fixed order.
    static func all(of organization: Organization, in tx: borrowing Transaction) throws -> [NumberSeries] {
        let rows = try tx.query(
            """
            SELECT t.name, \(columns) FROM unnest($2::text[]) WITH ORDINALITY AS t (name, position)
            LEFT JOIN number_series s ON s.organization_id = $1 AND s.series = t.name ORDER BY t.position
            """, [organization.id, NumberSeries.Name.allCases.map(\.rawValue)])
        return try zip(NumberSeries.Name.allCases, rows).map { name, row in
            try series(name, row, at: 1, usualPrefix: usualPrefix(of: name, organization))
        }
    }

    static func find(
        _ name: NumberSeries.Name, of organization: Organization, in tx: borrowing Transaction
    ) throws(PostgresError) -> NumberSeries {
        let usual = usualPrefix(of: name, organization)
        let rows = try tx.query(
            "SELECT \(columns) FROM number_series s WHERE s.organization_id = $1 AND s.series = $2",
            [organization.id, name])
        guard let row = rows.first else { return NumberSeries(name: name, prefix: usual) }
        return try series(name, row, at: 0, usualPrefix: usual)
    }

    static func usualPrefix(of name: NumberSeries.Name, _ organization: Organization) -> String {
        switch name {
        case .invoice: organization.invoicePrefix
        case .creditNote: creditNotePrefix
        }
    }

    /// Keeps what somebody chose; without a prefix of its own a series has the usual one.
    static func write(
        _ series: NumberSeries, ownPrefix: String?, of organizationID: OrganizationID, at now: Instant,
        in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO number_series (organization_id, series, prefix, pattern, is_yearly, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (organization_id, series) DO UPDATE SET prefix = excluded.prefix,
                pattern = excluded.pattern, is_yearly = excluded.is_yearly, updated_at = excluded.updated_at
            """, [organizationID, series.name, ownPrefix, series.pattern.text, series.isYearly, now])
    }

    /// Whether the next number of a series would be one that stands on a document already, written by another pattern.
    static func isNextTaken(
        _ series: NumberSeries, of organizationID: OrganizationID, on date: CivilDate,
        in tx: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        let period = series.period(of: date)
        let count =
            isCountedApart(series, period)
            ? try tx.query(
                "SELECT last_count FROM invoice_counters WHERE organization_id = $1", [organizationID]
            ).scalar(as: Int64.self)
            : try tx.query(
                """
                SELECT last_count FROM number_counters WHERE organization_id = $1 AND series = $2 AND period = $3
                """, [organizationID, series.name, period]
            ).scalar(as: Int64.self)
        let number = series.number(count: (count ?? 0) + 1, on: date)
        let place =
            switch series.name {
            case .invoice:
                "invoices WHERE length(number) = length($2) AND number COLLATE \"C\" = $2"
            case .creditNote: "credit_notes WHERE number = $2"
            }
        return try tx.query("SELECT true FROM \(place) AND organization_id = $1", [organizationID, number])
            .scalar(as: Bool.self) ?? false
    }

    /// Takes the next number of a series for a document of a day; its counter stays locked until the transaction ends.
    static func next(
        _ series: NumberSeries, of organizationID: OrganizationID, on date: CivilDate,
        in tx: borrowing Transaction
    ) throws(PostgresError) -> String {
        let period = series.period(of: date)
        let count =
            isCountedApart(series, period)
            ? try tx.query(countPlainInvoice, [organizationID]).scalar(as: Int64.self)
            : try tx.query(countPeriod, [organizationID, series.name, period]).scalar(as: Int64.self)
        guard let count else { throw PostgresError(code: .other, message: "the counter returned no row") }
        return series.number(count: count, on: date)
    }

    /// Whether the count stands in the table that was there before there were series.
    private static func isCountedApart(_ series: NumberSeries, _ period: String) -> Bool {
        series.name == .invoice && period.isEmpty
    }

    private static let countPlainInvoice = """
        INSERT INTO invoice_counters (organization_id, last_count) VALUES ($1, 1)
        ON CONFLICT (organization_id) DO UPDATE SET last_count = invoice_counters.last_count + 1
        RETURNING last_count
        """

    private static let countPeriod = """
        INSERT INTO number_counters (organization_id, series, period, last_count) VALUES ($1, $2, $3, 1)
        ON CONFLICT (organization_id, series, period) DO UPDATE SET last_count = number_counters.last_count + 1
        RETURNING last_count
        """
}

extension NumberSeries.Name: PostgresCodable {}
