import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// The statements about payables, the projection of invoices.
enum PayableStore {
    /// What an event changed about a payable.
    struct Projected {
        let invoiceID: InvoiceID
        let isNew: Bool
        let isVoided: Bool
        let hasSurplus: Bool
        let isSettled: Bool
        /// Whether its client has credit that it has not used yet.
        let hasCredit: Bool
    }

    /// Applies invoices as of their sequences; what is older than what is stored changes nothing.
    static func project(
        _ invoices: [(invoice: InvoiceSnapshot, sequence: Int64)], in tx: borrowing Transaction
    ) throws -> [Projected] {
        let updated = try update(invoices, in: tx)
        let known = Set(updated.map(\.invoiceID))
        // Most are known; the others are new, or older than what is stored.
        let others = invoices.filter { !known.contains($0.invoice.invoiceID) }
        let new = try insert(others, in: tx)
        try writeParts(of: others.map(\.invoice), among: Set(new.map(\.invoiceID)), in: tx)
        return updated + new
    }

    private static func update(
        _ invoices: [(invoice: InvoiceSnapshot, sequence: Int64)], in tx: borrowing Transaction
    ) throws -> [Projected] {
        try tx.query(
            """
            UPDATE payables b
               SET status = t.status, total = t.total, credited = t.credited, invoice_paid = t.paid,
                   invoice_refunded = t.refunded, invoice_sequence = t.sequence,
                   account_id = coalesce(t.account, b.account_id), link_generation = t.generation,
                   link_expires_at = t.expires, link_is_one_time = t.one_time, to_credit = t.to_credit
              FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                          $8::uuid[], $9::bigint[], $10::timestamptz[], $11::boolean[], $12::bigint[])
                AS t (invoice, status, total, credited, paid, refunded, sequence, account, generation, expires, one_time,
                      to_credit)
             WHERE b.invoice_id = t.invoice AND b.invoice_sequence < t.sequence
            \(returning(isNew: false))
            """,
            [
                invoices.map(\.invoice.invoiceID), invoices.map { standing(of: $0.invoice).rawValue },
                invoices.map(\.invoice.totalMinor), invoices.map(\.invoice.amountCreditedMinor),
                invoices.map(\.invoice.amountPaidMinor), invoices.map(\.invoice.amountRefundedMinor),
                invoices.map(\.sequence), invoices.map(\.invoice.accountID),
                invoices.map { $0.invoice.payLink?.generation ?? 0 },
                invoices.map { $0.invoice.payLink?.expiresAt },
                invoices.map { $0.invoice.payLink?.isOneTime ?? false },
                invoices.map { $0.invoice.amountToCreditMinor ?? 0 },
            ]
        ).map { try projected($0) }
    }

    /// What this service itself knows of the invoice is taken from its own books: a projection that was
    /// dropped and asked for again has the money and the lease that it had.
    ///
    /// The customer is locked, so that a link that is stored at the same time is seen by one of the two.
    private static func insert(
        _ invoices: [(invoice: InvoiceSnapshot, sequence: Int64)], in tx: borrowing Transaction
    ) throws -> [Projected] {
        let issued = invoices.filter { $0.invoice.issueDate != nil && $0.invoice.finalizedAt != nil }
        guard !issued.isEmpty else { return [] }
        try tx.send(
            "SELECT FROM customers WHERE customer_id = ANY ($1) ORDER BY customer_id FOR SHARE",
            [Array(Set(issued.map(\.invoice.customerID)))])
        let wallets = try WalletStore.toppedUp(by: issued.map(\.invoice), in: tx)
        return try tx.query(
            """
            INSERT INTO payables (invoice_id, organization_id, customer_id, account_id, number, currency, zone, issue_date,
                                  due_date, finalized_at, status, total, credited, invoice_paid, invoice_refunded,
                                  invoice_sequence, link_generation, link_expires_at, link_is_one_time, collected, refunded,
                                  leased_by, recurring_invoice_id, to_credit, wallet_id)
            SELECT t.invoice, t.organization, t.customer, coalesce(t.account, c.account_id), t.number, t.currency, t.zone,
                   t.issued, t.due, t.finalized, t.status, t.total, t.credited, t.paid, t.refunded, t.sequence,
                   t.generation, t.expires, t.one_time,
                   coalesce((SELECT sum(c.amount) FROM allocations c WHERE c.invoice_id = t.invoice), 0),
                   coalesce((SELECT sum(r.amount) FROM allocations c
                               JOIN refunds r ON r.payment_id = c.payment_id AND r.invoice_id = c.invoice_id
                              WHERE c.invoice_id = t.invoice AND r.state = 'succeeded'), 0)
                   + coalesce((SELECT sum(d.withheld) FROM disputes d
                                WHERE d.invoice_id = t.invoice AND d.status = 'lost'), 0),
                   coalesce((SELECT a.attempt_id FROM payments y JOIN attempts a ON a.attempt_id = y.last_attempt_id
                     WHERE y.invoice_id = t.invoice AND a.state NOT IN ('succeeded', 'declined', 'cancelled') LIMIT 1),
                   (SELECT a.attempt_id FROM attempt_payables x JOIN attempts a ON a.attempt_id = x.attempt_id
                     WHERE x.invoice_id = t.invoice AND a.state NOT IN ('succeeded', 'declined', 'cancelled') LIMIT 1)),
                   t.series, t.to_credit, t.wallet
              FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::date[],
                          $9::date[], $10::timestamptz[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[],
                          $15::bigint[], $16::bigint[], $17::bigint[], $18::timestamptz[], $19::boolean[], $20::uuid[],
                          $21::bigint[], $22::uuid[])
                AS t (invoice, organization, customer, account, number, currency, zone, issued, due, finalized, status,
                      total, credited, paid, refunded, sequence, generation, expires, one_time, series, to_credit, wallet)
              LEFT JOIN customers c ON c.customer_id = t.customer
            ON CONFLICT (invoice_id) DO NOTHING
            \(returning(isNew: true))
            """,
            [
                issued.map(\.invoice.invoiceID), issued.map(\.invoice.organizationID),
                issued.map(\.invoice.customerID),
                issued.map(\.invoice.accountID), issued.map { $0.invoice.number ?? "" },
                issued.map(\.invoice.currency.code), issued.map(\.invoice.zone.name),
                issued.map(\.invoice.issueDate),
                issued.map(\.invoice.dueDate), issued.map(\.invoice.finalizedAt),
                issued.map { standing(of: $0.invoice).rawValue },
                issued.map(\.invoice.totalMinor), issued.map(\.invoice.amountCreditedMinor),
                issued.map(\.invoice.amountPaidMinor), issued.map(\.invoice.amountRefundedMinor),
                issued.map(\.sequence), issued.map { $0.invoice.payLink?.generation ?? 0 },
                issued.map { $0.invoice.payLink?.expiresAt },
                issued.map { $0.invoice.payLink?.isOneTime ?? false },
                issued.map(\.invoice.recurringInvoiceID),
                issued.map { $0.invoice.amountToCreditMinor ?? 0 },
                issued.map { wallets[$0.invoice.invoiceID] },
            ]
        ).map { try projected($0) }
    }

    /// Whether an invoice is paid is not copied: it follows from the money, which is known here first.
    private static func standing(of invoice: InvoiceSnapshot) -> InvoiceStatus {
        invoice.status == .paid ? .finalized : invoice.status
    }

    private static func returning(isNew: Bool) -> String {
        let name = isNew ? "payables" : "b"
        return """
            RETURNING \(name).invoice_id, \(isNew), \(name).status = 'voided',
                      \(name).collected - \(name).refunded - \(name).moved_to_credit
                      > CASE WHEN \(name).status = 'voided' THEN 0 ELSE \(name).total - \(name).credited END,
                      \(name).total - \(name).credited <= \(name).collected, \(isNew ? hasCredit : "false")
            """
    }

    private static func projected(_ row: Row) throws -> Projected {
        Projected(
            invoiceID: try row[0], isNew: try row[1], isVoided: try row[2], hasSurplus: try row[3],
            isSettled: try row[4], hasCredit: try row[5])
    }

    /// Credit fills no wallet, and is not used for what is being paid already.
    private static let hasCredit = """
        payables.wallet_id IS NULL AND payables.leased_by IS NULL AND payables.status <> 'voided'
        AND EXISTS (SELECT FROM credits k WHERE k.customer_id = payables.customer_id AND k.currency = payables.currency
                       AND k.balance > 0)
        """

    /// Gives the payables of linked customers their payer.
    ///
    /// Returns those that changed.
    static func link(
        _ customers: [(customer: CustomerID, account: AccountID)], in tx: borrowing Transaction
    ) throws -> [InvoiceID] {
        try tx.query(
            """
            UPDATE payables b SET account_id = t.account
              FROM unnest($1::uuid[], $2::uuid[]) AS t (customer, account)
             WHERE b.customer_id = t.customer AND b.account_id IS DISTINCT FROM t.account
            RETURNING b.invoice_id
            """, [customers.map(\.customer), customers.map(\.account)]
        ).column(0)
    }

    /// A payable as people and routes see it.
    struct View: Sendable {
        let payable: Payable
        let organizationID: OrganizationID
        let organizationName: String?
        let customerID: CustomerID
        let accountID: AccountID?
        let number: String
        let dueDate: CivilDate
        /// What was collected as the invoice service last acknowledged it.
        let acknowledgedMinor: Int64
        let link: PayLinkFacts?
        let usedLinkGeneration: Int64?
        let leasedBy: AttemptID?
        /// The series that made it.
        let recurringInvoiceID: RecurringInvoiceID?
        /// Where its parts stand; empty when it is paid as a whole.
        let instalments: [InstalmentStanding]
        /// Whether a payer may pay less than is open.
        let allowsPartial: Bool
        let zone: Zone
        /// The wallet that it tops up.
        let walletID: WalletID?
        /// Whether an operator has stopped all charges for the sender.
        let isStopped: Bool

        fileprivate let standing: InvoiceStatus

        /// As its owner will say when it has heard of all that is booked here.
        var status: InvoiceStatus { standing != .voided && payable.openMinor == 0 ? .paid : standing }
    }

    /// Finds a payable.
    static func find(_ invoice: InvoiceID, locks: Bool, in tx: borrowing Transaction) throws -> View? {
        try tx.query(
            """
            SELECT b.invoice_id, b.currency, b.total, b.credited, b.status = 'voided', b.collected, b.refunded,
                   b.moved_to_credit, b.organization_id, o.name, b.customer_id, b.account_id, b.number, b.status, b.due_date,
                   b.invoice_paid, b.link_generation, b.link_expires_at, b.link_is_one_time, b.link_used_generation,
                   b.leased_by, b.recurring_invoice_id, b.wallet_id, b.part_dates, b.part_through, b.allows_partial,
                   b.zone, \(KillSwitchStore.isStopped("b"))
              FROM payables b LEFT JOIN organizations o ON o.organization_id = b.organization_id
             WHERE b.invoice_id = $1 \(locks ? "FOR NO KEY UPDATE OF b" : "")
            """, [invoice]
        ).first.map { row in
            let expires: Instant? = try row[17]
            let payable = Payable(
                invoiceID: try row[0], currency: try row[1], totalMinor: try row[2],
                creditedMinor: try row[3], isVoided: try row[4], collectedMinor: try row[5],
                refundedMinor: try row[6], movedToCreditMinor: try row[7])
            return View(
                payable: payable,
                organizationID: try row[8], organizationName: try row[9], customerID: try row[10],
                accountID: try row[11], number: try row[12], dueDate: try row[14],
                acknowledgedMinor: try row[15],
                link: try expires.map {
                    PayLinkFacts(generation: try row[16], expiresAt: $0, isOneTime: try row[18])
                }, usedLinkGeneration: try row[19], leasedBy: try row[20],
                recurringInvoiceID: try row[21],
                instalments: InstalmentStanding.all(
                    of: try parts(row, at: 23), paid: payable.collectedMinor,
                    credited: payable.creditedMinor, isOwed: !payable.isVoided),
                allowsPartial: try row[25], zone: Zone(try row.get(26, as: String.self)) ?? .utc,
                walletID: try row[22], isStopped: try row[27], standing: try row.get(13))
        }
    }
}
