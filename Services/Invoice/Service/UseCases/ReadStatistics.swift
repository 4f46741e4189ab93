import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// What a sender asks of the statistics.
struct StatisticsQuery: Sendable {
    /// The first day, or nil for the beginning.
    let from: CivilDate?
    /// The last day, or nil for no end.
    let to: CivilDate?
    let interval: StatisticStore.Interval?
    let currency: Currency?

    private static let daysMaximum = 400

    init(_ request: HTTPRequest) throws(Problem) {
        var query = QueryReader(request)
        from = query.date("from")
        to = query.date("to")
        interval = query.choice("interval", StatisticStore.Interval.self)
        currency = query.currency("currency")
        if let from, let to, to < from {
            query.refuse("to", "out_of_range", "This must not be before from.")
        }
        if interval == .day {
            if let from, let to, to.daysSince1970 - from.daysSince1970 < Self.daysMaximum {
                // Few enough rows for one answer.
            } else {
                query.refuse(
                    "interval", "out_of_range",
                    "Give from and to with at most \(Self.daysMaximum) days between them.")
            }
        }
        try query.finish()
    }
}

/// The figures of one currency, of all days asked for or of one interval.
struct StatisticsReport: Sendable {
    var issued = StatisticValue.zero
    var voided = StatisticValue.zero
    var credited = StatisticValue.zero
    var paid = StatisticValue.zero
    var uncollectible = StatisticValue.zero
    var open = StatisticValue.zero
    var overdue = StatisticValue.zero
    /// By method; sorted when they are shown.
    var collected: [String: StatisticValue] = [:]
    var refunded: [String: StatisticValue] = [:]

    mutating func add(_ sum: StatisticStore.Sum) {
        switch sum.measure {
        case .issued: issued = issued + sum.value
        case .voided: voided = voided + sum.value
        case .credited: credited = credited + sum.value
        case .paid: paid = paid + sum.value
        case .uncollectible: uncollectible = uncollectible + sum.value
        case .open:
            open = open + sum.value
            overdue = overdue + sum.earlier
        case .collected(let method): collected[method] = (collected[method] ?? .zero) + sum.value
        case .refunded(let method): refunded[method] = (refunded[method] ?? .zero) + sum.value
        }
    }

    /// What was issued and not voided.
    var invoiced: StatisticValue { issued + -voided }
    /// Issued, neither paid nor voided nor given up.
    var unpaidCount: Int64 { invoiced.count - paid.count - uncollectible.count }
    var collectedTotal: StatisticValue { collected.values.reduce(.zero, +) }
    var refundedTotal: StatisticValue { refunded.values.reduce(.zero, +) }
    /// From issue to payment; nil when nothing is paid.
    var averagePaymentSeconds: Int64? { paid.count > 0 ? paid.seconds / paid.count : nil }
}

/// Adds up what an organization has issued and received, without looking at a single invoice.
struct ReadStatistics: Sendable {
    let organizationID: OrganizationID
    let query: StatisticsQuery
    let now: Instant

    /// The figures of one currency, and of each interval by its first day.
    struct Result: Sendable {
        let currency: Currency
        var whole = StatisticsReport()
        var series: [(day: CivilDate, report: StatisticsReport)] = []
    }

    func run(in tx: borrowing Transaction) throws -> [Result] {
        let zone = try Organization.find(organizationID, in: tx)?.zone ?? .utc
        let store = StatisticStore(
            organizationID: organizationID, from: query.from, to: query.to, currency: query.currency,
            today: zone.date(at: now))
        var results: [Result] = []
        // Sorted by currency, then by day.
        for sum in try store.sums(query.interval, in: tx) {
            if results.last?.currency != sum.currency { results.append(Result(currency: sum.currency)) }
            var result = results.removeLast()
            result.whole.add(sum)
            if let day = sum.day {
                if result.series.last?.day != day { result.series.append((day, StatisticsReport())) }
                result.series[result.series.count - 1].report.add(sum)
            }
            results.append(result)
        }
        return results
    }
}
