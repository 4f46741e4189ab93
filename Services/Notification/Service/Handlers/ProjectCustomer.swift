import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps the names and addresses of senders' customers, for receipts.
struct ProjectCustomer: EventHandler {
    var deduplication: Deduplication { .naturalKey("an older version changes nothing") }

    func handle(_ batch: [Received<CustomerPersonChanged>], in tx: borrowing Transaction) throws {
        var newest: [CustomerID: CustomerPersonChanged] = [:]
        for event in batch {
            if let known = newest[event.payload.customerID], known.version >= event.payload.version {
                continue
            }
            newest[event.payload.customerID] = event.payload
        }
        let customers = newest.values.sorted { $0.customerID < $1.customerID }
        try tx.send(
            """
            INSERT INTO customers AS c (customer_id, organization_id, version, name, email, language)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[])
            ON CONFLICT (customer_id) DO UPDATE SET version = excluded.version, name = excluded.name,
                email = excluded.email, language = excluded.language WHERE c.version < excluded.version
            """,
            [
                customers.map(\.customerID), customers.map(\.organizationID), customers.map(\.version),
                customers.map(\.name), customers.map(\.email), customers.map(\.language),
            ])
    }
}
