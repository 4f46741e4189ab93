import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Many issued invoices that are changed by one batch of events: read in one statement, written in one statement.
///
/// Nothing is locked while the rules run. Each invoice is written only if its sequence is still the one that was read;
/// where it is not, the transaction runs again, as it does after a deadlock.
struct InvoiceBatch {
    private struct Entry {
        let organizationID: OrganizationID
        let currency: Currency
        let fixedMembers: [UInt8]
        let zone: Zone
        let issueDate: CivilDate?
        let dueDate: CivilDate
        let finalizedAt: Instant?
        let readSequence: Int64
        let before: InvoiceChanging
        var changing: InvoiceChanging

        func counted(_ changing: InvoiceChanging) -> CountedInvoice {
            CountedInvoice(
                standing: changing.standing, dueDate: dueDate, issueDate: issueDate, finalizedAt: finalizedAt,
                paidAt: changing.paidAt)
        }
    }

    private var entries: [InvoiceID: Entry] = [:]
    private var events: [OutgoingEvent] = []
    private var statistics = StatisticChanges()
    private let now: Instant

    /// Reads the invoices.
    ///
    /// - Throws: `HandlingFailure.transient` when one of them is not known or not issued here.
    init(_ ids: [InvoiceID], at now: Instant, in tx: borrowing Transaction) throws {
        self.now = now
        let distinct = Set(ids)
        guard !distinct.isEmpty else { return }
        entries.reserveCapacity(distinct.count)
        let rows = try tx.query(Self.select, [Array(distinct)])
        for row in rows {
            guard let fixedMembers = try row.get(3, as: [UInt8]?.self) else { continue }
            let changing = try InvoiceChanging(row, at: 8)
            entries[try row.get(0)] = Entry(
                organizationID: try row[1], currency: try row[2], fixedMembers: fixedMembers,
                zone: try Invoice.zone(try row[4]), issueDate: try row[5], dueDate: try row[6],
                finalizedAt: try row[7], readSequence: changing.sequence, before: changing, changing: changing
            )
        }
        guard entries.count == distinct.count else {
            throw HandlingFailure.transient("an invoice of this event is not known here")
        }
    }

    private static let select = """
        SELECT i.id, i.organization_id, i.currency, d.fixed_members, i.zone, i.issue_date, i.due_date, i.finalized_at,
            \(InvoiceChanging.columns)
        FROM \(Invoice.tables) WHERE i.id = ANY ($1)
        """

    /// The currency of an invoice, with which that of a payment has to agree.
    func currency(of id: InvoiceID) -> Currency? {
        entries[id]?.currency
    }

    /// What an invoice has received.
    func paidMinor(of id: InvoiceID) -> Int64? {
        entries[id]?.changing.standing.amounts.paid
    }

    /// The payment that an invoice is waiting for.
    func processingPaymentID(of id: InvoiceID) -> PaymentID? {
        entries[id]?.changing.processingPaymentID
    }

    /// Applies an action to an invoice and keeps its events.
    mutating func apply(
        _ action: InvoiceAction, to id: InvoiceID, cause: EventCause, payment: AppliedPayment? = nil
    ) throws {
        guard var entry = entries[id] else {
            throw HandlingFailure.transient("the invoice is not known here")
        }
        let facts: [InvoiceFact]
        do throws(InvoiceRuleViolation) {
            facts = try entry.changing.apply(action, at: now)
        } catch {
            throw HandlingFailure.permanent("the invoice does not allow this: \(error)")
        }
        let writer = InvoiceEvents(
            invoiceID: id, organizationID: entry.organizationID, fixedMembers: entry.fixedMembers,
            cause: cause)
        for fact in facts {
            events.append(
                writer.event(fact, of: &entry.changing, payment: fact == .paymentApplied ? payment : nil))
        }
        if payment?.source.hasPersonWaiting == true { events.append(writer.acknowledgement(entry.changing)) }
        entries[id] = entry
    }

    /// Counts what a payment brought, on the day on which it came where the sender is.
    mutating func collect(_ receipt: Receipt) {
        guard let entry = entries[receipt.key.invoiceID] else { return }
        let key = StatisticKey(
            day: entry.zone.date(at: receipt.succeededAt), measure: .collected(method: receipt.method))
        statistics.add(
            [key: StatisticValue(count: 1, amount: receipt.amount)], entry.organizationID, entry.currency)
    }

    /// Remembers which payment an invoice is waiting for.
    mutating func wait(for paymentID: PaymentID, at id: InvoiceID) {
        entries[id]?.changing.processingPaymentID = paymentID
    }

    /// Writes what has changed, then the events.
    func save(_ outbox: Outbox, in tx: borrowing Transaction) throws {
        try outbox.write(try write(in: tx), in: tx)
    }

    /// Writes what has changed, and gives the events that are to be written after it.
    func write(in tx: borrowing Transaction) throws -> [OutgoingEvent] {
        // In one order everywhere, so that two batches cannot wait for each other.
        let changed = entries.filter { $0.value.changing != $0.value.before }.sorted { $0.key < $1.key }
        guard !changed.isEmpty else { return [] }
        let states = changed.map(\.value.changing)
        let written = try tx.execute(
            Self.update,
            [
                changed.map(\.key), changed.map(\.value.readSequence), states.map(\.standing.state.rawValue),
                states.map(\.standing.debt.rawValue), states.map(\.standing.isProcessing),
                states.map(\.processingPaymentID), states.map(\.standing.amounts.paid),
                states.map(\.standing.amounts.refunded), states.map(\.paidAt), states.map(\.sequence), now,
                states.map(\.overdueAt),
            ])
        guard written == changed.count else {
            throw PostgresError(
                code: .serializationFailure, message: "an invoice was changed at the same time")
        }
        try InvoiceRegister.note(
            changed.map { id, entry in
                InvoiceRegister.Change(
                    invoiceID: id, organizationID: entry.organizationID, currency: entry.currency,
                    before: entry.counted(entry.before), after: entry.counted(entry.changing))
            }, and: statistics, in: tx)
        return events
    }

    private static let update = """
        UPDATE invoices i SET state = t.state, debt = t.debt, is_processing = t.is_processing,
            processing_payment_id = t.processing_payment_id, amount_paid = t.amount_paid,
            amount_refunded = t.amount_refunded, paid_at = t.paid_at, sequence = t.sequence, updated_at = $11,
            overdue_at = t.overdue_at
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::uuid[], $7::bigint[],
            $8::bigint[], $9::timestamptz[], $10::bigint[], $12::timestamptz[])
            AS t (id, read_sequence, state, debt, is_processing, processing_payment_id, amount_paid, amount_refunded,
                paid_at, sequence, overdue_at)
        WHERE i.id = t.id AND i.sequence = t.read_sequence
        """
}
