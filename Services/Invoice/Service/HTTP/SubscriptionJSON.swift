import EventContracts
import InvoiceDomain
import Postgres
import Primitives

/// Writes subscriptions as the interface shows them.
enum SubscriptionJSON {
    static func bytes(_ subscription: Subscription) -> [UInt8] {
        var writer = JSONWriter()
        write(subscription, into: &writer)
        return writer.bytes
    }

    static func bytes(_ subscriptions: [Subscription]) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024 * subscriptions.count)
        writer.beginArray()
        for subscription in subscriptions { write(subscription, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    /// What a change would come to, before tax.
    static func bytes(_ preview: ChangeSubscription.Preview, at now: Instant) throws -> [UInt8] {
        let subscription = preview.subscription
        var sum: Int64 = 0
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("at", Instant(seconds: now.seconds))
        writer.member("currency", subscription.currency.code.lowercased())
        writer.key("lines")
        writer.beginArray()
        for charge in preview.charges {
            let total = try charge.line(at: now).total
            sum += total
            writer.beginObject()
            writer.member("description", charge.description)
            writer.member("amount", decimal: subscription.money(total))
            writer.endObject()
        }
        writer.endArray()
        writer.member("subtotal", decimal: subscription.money(sum))
        writeItems(of: subscription, into: &writer)
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ subscription: Subscription, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", subscription.id)
        writer.member("customer_id", subscription.customerID)
        writer.member("status", subscription.status.rawValue)
        writer.member("currency", subscription.currency.code.lowercased())
        writeItems(of: subscription, into: &writer)
        writer.member("interval", subscription.interval.unit.rawValue)
        writer.member("interval_count", subscription.interval.count)
        writer.member("billing_anchor", subscription.anchor)
        writer.member("current_period_start", subscription.periodStart)
        writer.member("current_period_end", subscription.periodEnd)
        writer.member("trial_ends_at", subscription.trialEndsAt)
        writer.member("cancel_at_period_end", subscription.life.endsWithPeriod)
        writer.member("ended_at", subscription.endedAt)
        writer.member("invoicing", subscription.invoicing.rawValue)
        writer.member("due_days", subscription.dueDays)
        writer.member("latest_invoice_id", subscription.latestInvoiceID)
        if let metadata = subscription.metadata {
            writer.key("metadata")
            writer.raw(metadata.bytes)
        }
        writer.member("created_at", subscription.createdAt)
        writer.member("updated_at", subscription.updatedAt)
        writer.endObject()
    }

    private static func writeItems(of subscription: Subscription, into writer: inout JSONWriter) {
        writer.key("items")
        writer.beginArray()
        for item in subscription.items {
            writer.beginObject()
            writer.member("price_id", item.price.id)
            writer.member("plan_id", item.price.planID)
            writer.member("plan_name", item.planName)
            if let quantity = item.quantity {
                writer.key("quantity")
                writer.number(text: quantity.decimal.text)
            }
            writer.member("meter", item.price.terms.metering?.meter)
            writer.endObject()
        }
        writer.endArray()
    }
}
