import EventContracts
import Messaging
import Postgres
import Primitives

/// An event that carries a customer as they are then.
protocol CustomerEvent: EventPayload {
    var customer: CustomerFacts { get }
}

extension CustomerCreated: CustomerEvent {}
extension CustomerUpdated: CustomerEvent {}
extension CustomerLinked: CustomerEvent {}
extension CustomerSnapshotTaken: CustomerEvent {}

/// Keeps who is billed by whom, gives open invoices their payer, and plans what the payer's mandates cover.
struct ProjectCustomer<Payload: CustomerEvent>: EventHandler {
    let planCharges: PlanCharges
    let clock: any WallClock
    let deduplication = Deduplication.naturalKey(
        "a state that is not newer than the stored sequence changes nothing")

    func handle(_ batch: [Received<Payload>], in tx: borrowing Transaction) throws {
        var latest: [CustomerID: Received<Payload>] = [:]
        for event in batch {
            let id = event.payload.customer.customerID
            if (latest[id]?.envelope.sequence ?? -1) < (event.envelope.sequence ?? 0) { latest[id] = event }
        }
        let ordered = latest.values.sorted { $0.payload.customer.customerID < $1.payload.customer.customerID }
        let facts = ordered.map(\.payload.customer)
        try tx.send(
            """
            INSERT INTO customers (customer_id, organization_id, account_id, sequence)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])
            ON CONFLICT (customer_id) DO UPDATE
               SET account_id = EXCLUDED.account_id, sequence = EXCLUDED.sequence
             WHERE customers.sequence < EXCLUDED.sequence
            """,
            [
                facts.map(\.customerID), facts.map(\.organizationID), facts.map(\.accountID),
                ordered.map { $0.envelope.sequence ?? 0 },
            ])
        var linked: [InvoiceID: EventCause] = [:]
        for event in ordered {
            guard let account = event.payload.customer.accountID else { continue }
            let cause = EventCause(following: event.envelope, clockTime: clock.now())
            for invoice in try PayableStore.link([(event.payload.customer.customerID, account)], in: tx) {
                linked[invoice] = cause
            }
        }
        try planCharges(linked, in: tx)
    }
}
