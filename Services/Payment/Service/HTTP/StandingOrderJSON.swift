import EventContracts
import PaymentDomain
import Primitives

/// Standing orders as routes show them.
enum StandingOrderJSON {
    static func bytes(_ order: StoredOrder) -> [UInt8] {
        var writer = JSONWriter()
        write(order, into: &writer)
        return writer.bytes
    }

    static func bytes(_ orders: [StoredOrder]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for order in orders { write(order, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    static func bytes(_ days: [StandingOrderStore.Day], of order: StoredOrder) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for day in days {
            writer.beginObject()
            writer.member("payment_id", day.paymentID)
            writer.member("date", day.day)
            writer.member(
                "amount", decimal: Money(minorUnits: day.amountMinor, currency: order.amount.currency))
            writer.member("currency", order.amount.currency.code.lowercased())
            writer.member("state", day.state)
            writer.member("step", day.step)
            writer.member("reason", day.reason)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ order: StoredOrder, into writer: inout JSONWriter) {
        let (series, rule) = (order.series, order.series.rule)
        writer.beginObject()
        writer.member("id", order.id)
        writer.member("organization_id", order.organizationID)
        writer.member("payment_method_id", order.paymentMethodID)
        writer.member("fallback", order.allowsFallback)
        writer.member("amount", decimal: order.amount)
        writer.member("currency", order.amount.currency.code.lowercased())
        writer.member("status", series.state.published.rawValue)
        writer.member("every", rule.every)
        writer.member("unit", rule.unit.rawValue)
        if rule.unit.hasAnchorDay { writer.member("anchor_day", rule.anchorDay) }
        writer.member("zone", rule.zone)
        writer.member("start_date", rule.start)
        writer.member("end_date", rule.until)
        writer.member("count", rule.count)
        writer.member("next_date", series.upcoming(limit: 1).first)
        writer.member("skipped_dates", strings: series.skipped.sorted().map(\.description))
        writer.member("created_at", order.createdAt)
        writer.member("updated_at", order.updatedAt)
        writer.endObject()
    }
}
