import EventContracts
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// Publishes issued invoices as they are, for projections that start or were lost.
struct InvoiceSnapshots: SnapshotSource {
    let clock: any WallClock

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        // Locked, so that no event with a higher sequence is written before this snapshot is.
        let rows = try tx.query(
            """
            SELECT i.id, i.organization_id, d.fixed_members, \(InvoiceChanging.columns) FROM \(Invoice.tables)
            WHERE i.state <> 'draft' AND ($1::uuid IS NULL OR i.id > $1) ORDER BY i.id LIMIT $2 FOR SHARE OF i
            """, [cursor, limit])
        var events: [OutgoingEvent] = []
        var last: InvoiceID?
        for row in rows {
            let id = try row.get(0, as: InvoiceID.self)
            let writer = InvoiceEvents(
                invoiceID: id, organizationID: try row[1], fixedMembers: try row[2], cause: cause)
            events.append(writer.snapshot(try InvoiceChanging(row, at: 3)))
            last = id
        }
        return (events, events.count < limit ? nil : last?.raw)
    }
}

/// Publishes customers as they are: facts for everybody, particulars for those who keep them.
struct CustomerSnapshots: SnapshotSource {
    let clock: any WallClock

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let writer = CustomerEvents(cause: EventCause(traceparent: nil, clockTime: clock.now()))
        let customers = try tx.query(
            """
            SELECT \(Customer.columns) FROM customers WHERE ($1::uuid IS NULL OR id > $1)
            ORDER BY id LIMIT $2 FOR SHARE
            """, [cursor, limit]
        ).map { row in try Customer(row) }
        let events = try customers.flatMap { [try writer.snapshot($0), try writer.person($0)] }
        return (events, customers.count < limit ? nil : customers.last?.id.raw)
    }
}
