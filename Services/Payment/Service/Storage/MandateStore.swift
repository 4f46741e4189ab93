import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// The statements about mandates.
enum MandateStore {
    /// A mandate as it is stored.
    struct Stored: Sendable {
        let mandate: Mandate
        let organizationID: OrganizationID
        let accountID: AccountID
        let paymentMethodID: PaymentMethodID
        let sequence: Int64
        /// Invoices issued from this moment on are covered.
        let coversFrom: Instant
        let scope: MandateScope
        let chargesOnDueDate: Bool
        /// Whether the payer's other cards may stand in.
        let allowsFallback: Bool

        func changedEvent(
            reason: MandateChangeReason? = nil, cause: EventCause
        ) throws -> OutgoingEvent {
            let changed = MandateChanged(
                mandateID: mandate.id, organizationID: organizationID, accountID: accountID,
                status: mandate.status.published, chargeAfterDays: mandate.chargeAfterDays,
                currency: mandate.currency,
                capPerChargeMinor: mandate.capPerChargeMinor, capPerMonthMinor: mandate.capPerMonthMinor,
                coversFrom: coversFrom, recurringInvoiceID: scope.recurringInvoiceID,
                invoiceID: scope.invoiceID, chargesOnDueDate: chargesOnDueDate ? true : nil,
                reason: reason)
            return try OutgoingEvent(
                changed, subject: mandate.id, tenant: organizationID, sequence: sequence, cause: cause)
        }
    }

    static let columns = """
        mandate_id, status, charge_after_days, currency, cap_per_charge, cap_per_month, organization_id, account_id,
        payment_method_id, sequence, covers_from, recurring_invoice_id, invoice_id, charges_on_due_date,
        pay_with, allows_fallback
        """

    static func stored(_ row: Row) throws -> Stored {
        Stored(
            mandate: Mandate(
                id: try row[0], status: try row.get(1), chargeAfterDays: try row[2], currency: try row[3],
                capPerChargeMinor: try row[4], capPerMonthMinor: try row[5],
                payWith: try row.get(14)),
            organizationID: try row[6], accountID: try row[7], paymentMethodID: try row[8],
            sequence: try row[9], coversFrom: try row[10],
            scope: MandateScope(recurringInvoiceID: try row[11], invoiceID: try row[12]),
            chargesOnDueDate: try row[13], allowsFallback: try row[15])
    }

    /// What a payer asks for.
    struct Wanted: Sendable {
        let organizationID: OrganizationID
        let accountID: AccountID
        let scope: MandateScope
        let terms: MandateTerms
        let coversFrom: Instant
        let consentedFrom: String

        /// What it covers, as one id.
        var scopeID: RawID {
            scope.invoiceID?.raw ?? scope.recurringInvoiceID?.raw ?? organizationID.raw
        }
    }

    /// Makes or changes the one mandate of a payer for what it covers.
    static func put(_ wanted: Wanted, now: Instant, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query(
            """
            INSERT INTO mandates (mandate_id, organization_id, account_id, status, payment_method_id, charge_after_days,
                                  currency, cap_per_charge, cap_per_month, covers_from, consented_at, consented_from,
                                  updated_at, recurring_invoice_id, invoice_id, charges_on_due_date, pay_with,
                                  allows_fallback)
            VALUES ($1, $2, $3, 'active', $4, $5, $6, $7, $8, $9, $10, $11, $10, $12, $13, $14, $15, $16)
            ON CONFLICT (account_id, organization_id, scope_id) DO UPDATE
               SET status = EXCLUDED.status, payment_method_id = EXCLUDED.payment_method_id,
                   charge_after_days = EXCLUDED.charge_after_days,
                   charges_on_due_date = EXCLUDED.charges_on_due_date, currency = EXCLUDED.currency,
                   cap_per_charge = EXCLUDED.cap_per_charge, cap_per_month = EXCLUDED.cap_per_month,
                   covers_from = CASE WHEN mandates.status = 'active'
                                      THEN least(mandates.covers_from, EXCLUDED.covers_from) ELSE EXCLUDED.covers_from END,
                   consented_at = EXCLUDED.consented_at, consented_from = EXCLUDED.consented_from,
                   updated_at = EXCLUDED.updated_at, pay_with = EXCLUDED.pay_with,
                   allows_fallback = EXCLUDED.allows_fallback, sequence = mandates.sequence + 1
            RETURNING \(columns)
            """,
            [
                MandateID.new(at: now), wanted.organizationID, wanted.accountID, wanted.terms.paymentMethodID,
                wanted.terms.chargeAfterDays, wanted.terms.currency?.code, wanted.terms.capPerChargeMinor,
                wanted.terms.capPerMonthMinor,
                wanted.coversFrom, now, wanted.consentedFrom, wanted.scope.recurringInvoiceID,
                wanted.scope.invoiceID, wanted.terms.chargesOnDueDate, wanted.terms.payWith,
                wanted.terms.allowsFallback,
            ]
        ).first.map { try stored($0) }
    }

    /// Changes the status of a mandate.
    ///
    /// - Returns: The mandate; nil when it has that status already.
    static func setStatus(
        _ status: Mandate.Status, of mandate: MandateID, now: Instant, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            UPDATE mandates SET status = $2, updated_at = $3, sequence = sequence + 1
             WHERE mandate_id = $1 AND status <> $2 RETURNING \(columns)
            """, [mandate, status, now]
        ).first.map { try stored($0) }
    }

    /// Asks for a new card before the mandate behind a plan charges again.
    static func suspend(of plan: ChargePlanID, now: Instant, in tx: borrowing Transaction) throws -> [Stored]
    {
        try tx.query(
            """
            UPDATE mandates SET status = 'needs_update', updated_at = $2, sequence = sequence + 1
             WHERE mandate_id = (SELECT mandate_id FROM plans WHERE plan_id = $1) AND status = 'active'
            RETURNING \(columns)
            """, [plan, now]
        ).map { try stored($0) }
    }

    /// A payer's mandates.
    static func list(of account: AccountID, in tx: borrowing Transaction) throws -> [Stored] {
        try tx.query(
            "SELECT \(columns) FROM mandates WHERE account_id = $1 ORDER BY mandate_id DESC", [account]
        ).map { try stored($0) }
    }

    /// A payer's mandate for exactly something.
    static func find(
        of account: AccountID, covering scopeID: RawID, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            "SELECT \(columns) FROM mandates WHERE account_id = $1 AND scope_id = $2", [account, scopeID]
        ).first.map { try stored($0) }
    }

    /// A payer's mandate by its id.
    static func find(
        _ mandate: MandateID, of account: AccountID, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            "SELECT \(columns) FROM mandates WHERE account_id = $1 AND mandate_id = $2", [account, mandate]
        ).first.map { try stored($0) }
    }

    /// The mandate that counts for an invoice: the most specific one that was not taken back, active or not.
    static func covering(_ invoice: InvoiceID, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query(
            "SELECT \(columns) FROM (SELECT m.* FROM payables b \(winner) WHERE b.invoice_id = $1) c",
            [invoice]
        ).first.map { try stored($0) }
    }

    /// Joins the mandate `m` that counts for a payable `b`.
    ///
    /// One that is paused still counts: who pauses the card of one invoice does not mean another card.
    static let winner = """
        JOIN LATERAL (
            SELECT x.* FROM mandates x
             WHERE x.account_id = b.account_id AND x.organization_id = b.organization_id
               AND x.scope_id IN (b.organization_id, b.recurring_invoice_id, b.invoice_id)
               AND x.status <> 'revoked' AND b.finalized_at >= x.covers_from
             ORDER BY x.invoice_id NULLS LAST, x.recurring_invoice_id NULLS LAST LIMIT 1) m ON true
        """

    /// Waits for whoever projects invoices of this payer and sender at this moment, and lets them wait.
    ///
    /// So an invoice and a mandate that come at the same time see each other, in one order or the other.
    ///
    /// - Returns: Whether the sender bills the payer at all.
    static func lockCustomers(
        of account: AccountID, at organization: OrganizationID, in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.query(
            """
            SELECT customer_id FROM customers WHERE account_id = $1 AND organization_id = $2
             ORDER BY customer_id FOR NO KEY UPDATE
            """, [account, organization]
        ).isEmpty
    }

    /// The open invoices that a mandate may concern.
    static func openInvoices(of stored: Stored, in tx: borrowing Transaction) throws -> [InvoiceID] {
        try tx.query(
            """
            SELECT invoice_id FROM payables
             WHERE account_id = $1 AND organization_id = $2 AND status IN ('finalized', 'uncollectible')
               AND total - credited - collected > 0
               AND ($3::uuid IS NULL OR recurring_invoice_id = $3) AND ($4::uuid IS NULL OR invoice_id = $4)
             ORDER BY invoice_id
            """,
            [
                stored.accountID, stored.organizationID, stored.scope.recurringInvoiceID,
                stored.scope.invoiceID,
            ]
        ).column(0)
    }
}

extension MandateScope {
    /// What stored columns say.
    fileprivate init(recurringInvoiceID: RecurringInvoiceID?, invoiceID: InvoiceID?) {
        if let invoiceID {
            self = .invoice(invoiceID)
        } else if let recurringInvoiceID {
            self = .series(recurringInvoiceID)
        } else {
            self = .sender
        }
    }
}

extension Mandate.Status {
    /// The word that events use.
    var published: MandateStatus {
        switch self {
        case .active: .active
        case .paused: .paused
        case .needsUpdate: .needsUpdate
        case .revoked: .revoked
        }
    }
}
