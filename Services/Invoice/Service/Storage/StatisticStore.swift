import InvoiceDomain
import Postgres
import Primitives

/// Reads the statistics of one organization: the folded days and what was appended since, in one statement.
struct StatisticStore: Sendable {
    /// How the days are added up.
    enum Interval: String, Sendable, CaseIterable {
        case day
        case month
    }

    /// A sum of some days; without a day when everything is added up.
    struct Sum: Sendable {
        let currency: Currency
        let day: CivilDate?
        let measure: StatisticMeasure
        let value: StatisticValue
        /// What of it lies before the day that was asked with; for what is overdue.
        let earlier: StatisticValue
    }

    let organizationID: OrganizationID
    let from: CivilDate?
    let to: CivilDate?
    let currency: Currency?
    /// Open invoices due before this day are overdue.
    let today: CivilDate

    /// The sums, by currency and, when an interval is given, by the first day of each.
    func sums(_ interval: Interval?, in tx: borrowing Transaction) throws -> [Sum] {
        let day =
            switch interval {
            case nil: "NULL::date"
            case .day: "day"
            case .month: "date_trunc('month', day::timestamp)::date"
            }
        let period = """
            organization_id = $1 AND day BETWEEN coalesce($2::date, '-infinity') AND coalesce($3::date, 'infinity')
                AND ($4::text IS NULL OR currency = $4)
            """
        return try tx.query(
            """
            SELECT currency, \(day), measure, sum(count)::bigint, sum(amount)::bigint, sum(seconds)::bigint,
                coalesce(sum(count) FILTER (WHERE day < $5), 0)::bigint,
                coalesce(sum(amount) FILTER (WHERE day < $5), 0)::bigint
            FROM (SELECT * FROM statistic_days WHERE \(period)
                UNION ALL SELECT * FROM statistic_changes WHERE \(period)) facts
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """, [organizationID, from, to, currency, today]
        ).map { row in
            guard let measure = StatisticMeasure(try row.get(2, as: String.self)) else {
                throw PostgresError(code: .decoding, message: "not a measure of this release")
            }
            return Sum(
                currency: try row[0], day: try row[1], measure: measure,
                value: StatisticValue(count: try row[3], amount: try row[4], seconds: try row[5]),
                earlier: StatisticValue(count: try row[6], amount: try row[7]))
        }
    }
}
