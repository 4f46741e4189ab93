import InvoiceDomain
import Postgres
import Primitives

/// Writes customers as the interface shows them.
enum CustomerJSON {
    static func bytes(_ customer: Customer) -> [UInt8] {
        var writer = JSONWriter()
        write(customer, into: &writer)
        return writer.bytes
    }

    static func bytes(_ customers: [Customer]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * customers.count)
        writer.beginArray()
        for customer in customers { write(customer, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ customer: Customer, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", customer.id)
        writer.member("name", customer.name)
        writer.member("email", customer.email)
        writer.member("currency", customer.currency?.code.lowercased())
        writer.member("language", customer.language)
        writer.member("address", customer.address)
        writer.member("external_id", customer.externalID)
        writer.member("account_id", customer.accountID)
        writer.member("is_linked", customer.accountID != nil)
        customer.details.write(into: &writer)
        writer.member("tax_status", customer.taxStatus.rawValue)
        if !customer.taxIDs.isEmpty {
            writer.key("tax_ids")
            TaxID.write(customer.taxIDs, into: &writer)
        }
        if let metadata = customer.metadata {
            writer.key("metadata")
            writer.raw(metadata.bytes)
        }
        writer.member("created_at", customer.createdAt)
        writer.member("updated_at", customer.updatedAt)
        writer.endObject()
    }
}
