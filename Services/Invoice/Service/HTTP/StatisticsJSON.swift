import InvoiceDomain
import Primitives

/// Writes statistics as the interface shows them: amounts as exact decimals, one object for each currency.
enum StatisticsJSON {
    static func bytes(_ results: [ReadStatistics.Result], _ query: StatisticsQuery) -> [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.member("from", query.from)
        writer.member("to", query.to)
        writer.member("interval", query.interval?.rawValue)
        writer.key("currencies")
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.member("currency", result.currency.code.lowercased())
            write(result.whole, result.currency, into: &writer)
            if query.interval != nil { write(result.series, result.currency, query, into: &writer) }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(
        _ series: [(day: CivilDate, report: StatisticsReport)], _ currency: Currency,
        _ query: StatisticsQuery,
        into writer: inout JSONWriter
    ) {
        writer.key("series")
        writer.beginArray()
        for (day, report) in series {
            writer.beginObject()
            let period = day.description
            writer.member("period", query.interval == .month ? String(period.dropLast(3)) : period)
            write(report, currency, into: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(
        _ report: StatisticsReport, _ currency: Currency, into writer: inout JSONWriter
    ) {
        func money(_ amount: Int64) -> Money { Money(minorUnits: amount, currency: currency) }
        let (collected, refunded) = (report.collectedTotal, report.refundedTotal)
        writer.member("total_invoices", report.invoiced.count)
        writer.member("paid_invoices", report.paid.count)
        writer.member("unpaid_invoices", report.unpaidCount)
        writer.member("uncollectible_invoices", report.uncollectible.count)
        writer.member("voided_invoices", report.voided.count)
        writer.member("credited_invoices", report.credited.count)
        writer.member("open_invoices", report.open.count)
        writer.member("overdue_invoices", report.overdue.count)
        writer.member("total_invoiced", decimal: money(report.invoiced.amount))
        writer.member("total_credited", decimal: money(report.credited.amount))
        writer.member("total_invoiced_net", decimal: money(report.invoiced.amount - report.credited.amount))
        writer.member("total_voided", decimal: money(report.voided.amount))
        writer.member("total_collected", decimal: money(collected.amount - refunded.amount))
        writer.member("total_received", decimal: money(collected.amount))
        writer.member("total_refunded", decimal: money(refunded.amount))
        writer.member("total_open", decimal: money(report.open.amount))
        writer.member("total_overdue", decimal: money(report.overdue.amount))
        writer.member("average_payment_seconds", report.averagePaymentSeconds)
        writer.key("payment_methods")
        writer.beginArray()
        for method in Set(report.collected.keys).union(report.refunded.keys).sorted() {
            let received = report.collected[method] ?? .zero
            let returned = report.refunded[method] ?? .zero
            writer.beginObject()
            writer.member("method", method)
            writer.member("payments", received.count)
            writer.member("refunds", returned.count)
            writer.member("collected", decimal: money(received.amount - returned.amount))
            writer.member("received", decimal: money(received.amount))
            writer.member("refunded", decimal: money(returned.amount))
            writer.endObject()
        }
        writer.endArray()
    }
}
