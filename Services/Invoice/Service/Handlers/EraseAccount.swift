import EventContracts
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Blanks what is kept of a person who is to be forgotten; amounts and numbers stay, as the law asks.
struct EraseAccount: EventHandler {
    typealias Payload = AccountErased

    let outbox: Outbox
    let clock: any WallClock

    private static let blankName = "(erased)"

    func handle(_ batch: [Received<AccountErased>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let names = try tx.query(
            """
            SELECT unnest(ARRAY[name, email] || ARRAY(
                SELECT unnest(ARRAY[c ->> 'name', c ->> 'email']) FROM jsonb_array_elements(contacts) AS c))
            FROM customers WHERE account_id = ANY ($1) AND name <> $2
            """, [batch.map(\.payload.accountID), Self.blankName]
        ).column(0, as: String?.self)
        try IdempotencyStore.forget(names.compactMap { $0 }, in: tx)
        for event in batch {
            let customers = try tx.query(
                """
                UPDATE customers SET name = $2, email = NULL, address = NULL, language = NULL, metadata = NULL,
                    tax_ids = NULL, contacts = NULL, billing_address = NULL, shipping_address = NULL,
                    person_version = person_version + 1, updated_at = $3
                WHERE account_id = $1 RETURNING \(Customer.columns)
                """, [event.payload.accountID, Self.blankName, now]
            ).map { row in try Customer(row) }
            try CustomerTerms.remove(customers.map(\.id), in: tx)
            let events = CustomerEvents(cause: EventCause(following: event.envelope, clockTime: now))
            try outbox.write(try customers.map { try events.person($0) }, in: tx)
        }
    }
}
