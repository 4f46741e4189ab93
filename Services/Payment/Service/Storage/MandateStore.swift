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

        func changedEvent(cause: EventCause) throws -> OutgoingEvent {
            let changed = MandateChanged(
                mandateID: mandate.id, organizationID: organizationID, accountID: accountID,
                status: mandate.status.published, chargeAfterDays: mandate.chargeAfterDays,
                currency: mandate.currency,
                capPerChargeMinor: mandate.capPerChargeMinor, capPerMonthMinor: mandate.capPerMonthMinor,
                coversFrom: coversFrom)
            return try OutgoingEvent(
                changed, subject: mandate.id, tenant: organizationID, sequence: sequence, cause: cause)
        }
    }

    private static let columns = """
        mandate_id, status, charge_after_days, currency, cap_per_charge, cap_per_month, organization_id, account_id,
        payment_method_id, sequence, covers_from, pay_with
        """

    private static func stored(_ row: Row) throws -> Stored {
        Stored(
            mandate: Mandate(
                id: try row[0], status: try row.get(1), chargeAfterDays: try row[2], currency: try row[3],
                capPerChargeMinor: try row[4], capPerMonthMinor: try row[5],
                payWith: try row.get(11)),
            organizationID: try row[6], accountID: try row[7], paymentMethodID: try row[8],
            sequence: try row[9], coversFrom: try row[10])
    }

    /// What a payer asks for.
    struct Wanted: Sendable {
        let organizationID: OrganizationID
        let accountID: AccountID
        let status: Mandate.Status
        let paymentMethodID: PaymentMethodID
        let chargeAfterDays: Int
        let currency: Currency?
        let capPerChargeMinor: Int64?
        let capPerMonthMinor: Int64?
        let coversFrom: Instant
        let consentedFrom: String
        var payWith = PayWith.card
    }

    /// Makes or changes the one mandate of a payer for a sender.
    static func put(_ wanted: Wanted, now: Instant, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query(
            """
            INSERT INTO mandates (mandate_id, organization_id, account_id, status, payment_method_id, charge_after_days,
                                  currency, cap_per_charge, cap_per_month, covers_from, consented_at, consented_from, updated_at,
                                  pay_with)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $13)
            ON CONFLICT (account_id, organization_id) DO UPDATE
               SET status = EXCLUDED.status, payment_method_id = EXCLUDED.payment_method_id,
                   charge_after_days = EXCLUDED.charge_after_days, currency = EXCLUDED.currency,
                   cap_per_charge = EXCLUDED.cap_per_charge, cap_per_month = EXCLUDED.cap_per_month,
                   covers_from = CASE WHEN mandates.status = 'active'
                                      THEN least(mandates.covers_from, EXCLUDED.covers_from) ELSE EXCLUDED.covers_from END,
                   consented_at = EXCLUDED.consented_at, consented_from = EXCLUDED.consented_from,
                   updated_at = EXCLUDED.updated_at, pay_with = EXCLUDED.pay_with, sequence = mandates.sequence + 1
            RETURNING \(columns)
            """,
            [
                MandateID.new(at: now), wanted.organizationID, wanted.accountID, wanted.status,
                wanted.paymentMethodID,
                wanted.chargeAfterDays, wanted.currency?.code, wanted.capPerChargeMinor,
                wanted.capPerMonthMinor,
                wanted.coversFrom, now, wanted.consentedFrom, wanted.payWith,
            ]
        ).first.map { try stored($0) }
    }

    /// Changes the status of a payer's mandate for a sender.
    static func setStatus(
        _ status: Mandate.Status, of account: AccountID, for organization: OrganizationID, now: Instant,
        in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            UPDATE mandates SET status = $3, updated_at = $4, sequence = sequence + 1
             WHERE account_id = $1 AND organization_id = $2 AND status <> $3 RETURNING \(columns)
            """, [account, organization, status, now]
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

    /// A payer's mandate for a sender.
    static func find(
        of account: AccountID, for organization: OrganizationID, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            "SELECT \(columns) FROM mandates WHERE account_id = $1 AND organization_id = $2",
            [account, organization]
        ).first.map { try stored($0) }
    }

    /// The open invoices that a mandate covers.
    static func coveredInvoices(
        of account: AccountID, for organization: OrganizationID, in tx: borrowing Transaction
    ) throws -> [InvoiceID] {
        try tx.query(
            """
            SELECT invoice_id FROM payables
             WHERE account_id = $1 AND organization_id = $2 AND status IN ('finalized', 'uncollectible')
               AND total - credited - collected > 0
             ORDER BY invoice_id
            """, [account, organization]
        ).column(0)
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
