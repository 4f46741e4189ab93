import Primitives

/// Notices as the interface shows them.
enum NoticeJSON {
    static func array(_ rows: [NoticeList.NoticeRow]) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 * rows.count)
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.member("id", row.id)
            writer.member("website_id", row.organizationID)
            writer.member("kind", row.kind)
            writer.member("invoice_id", row.invoiceID)
            writer.member("invoice_number", row.invoiceNumber)
            if let currency = row.currency.flatMap({ Currency(code: $0) }), let amount = row.amountMinor {
                writer.member("currency", currency.code.lowercased())
                writer.member("amount", decimal: Money(minorUnits: amount, currency: currency))
            }
            writer.member("date", row.date)
            writer.member("detail", row.detail)
            writer.member("created_at", row.createdAt)
            writer.member("read_at", row.readAt)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
