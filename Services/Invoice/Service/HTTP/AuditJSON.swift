import Primitives

/// Writes the history of an invoice as the interface shows it.
enum AuditJSON {
    static func bytes(_ entries: [AuditEntry]) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 * entries.count)
        writer.beginArray()
        for entry in entries { write(entry, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ entry: AuditEntry, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("type", entry.action)
        writer.member("at", entry.position.at)
        writer.key("actor")
        writer.beginObject()
        writer.member("type", entry.actor.kind)
        switch entry.actor {
        case .account(let id), .superadmin(let id): writer.member("id", id)
        case .machine(let id): writer.member("id", id)
        case .service: break
        }
        writer.endObject()
        writer.member("amount", decimal: entry.money)
        writer.member("currency", entry.money?.currency.code.lowercased())
        writer.member(entry.mailID == nil ? "method" : "mail_kind", entry.method)
        writer.member("payment_id", entry.paymentID)
        writer.member("mail_id", entry.mailID)
        if let standing = entry.standing { write(standing, entry.before, into: &writer) }
        writer.endObject()
    }

    /// How the invoice stood afterwards, and what of that was different before.
    private static func write(
        _ standing: AuditEntry.Standing, _ before: AuditEntry.Standing?, into writer: inout JSONWriter
    ) {
        writer.member("status", standing.state)
        writer.member("payment_status", standing.debt)
        guard let before else { return }
        writer.key("changes")
        writer.beginArray()
        for (old, new) in zip(fields(before), fields(standing)) where old.value != new.value {
            writer.beginObject()
            writer.member("field", new.name)
            writer.member("from", old.value)
            writer.member("to", new.value)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func fields(_ standing: AuditEntry.Standing) -> [(name: String, value: String?)] {
        [
            ("status", standing.state), ("payment_status", standing.debt),
            ("currency", standing.currency.code.lowercased()),
            ("total", Money(minorUnits: standing.total, currency: standing.currency).decimal),
            ("due_date", standing.dueDate.description), ("customer_id", standing.customerID.description),
            ("number", standing.number),
        ]
    }
}
