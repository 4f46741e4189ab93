import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// The statements about plans.
enum PlanStore {
    /// A payable that a mandate covers and no plan of that mandate collects yet.
    struct Plannable {
        let invoiceID: InvoiceID
        let organizationID: OrganizationID
        let accountID: AccountID
        let mandateID: MandateID
        let chargeAfterDays: Int
        let issueDate: CivilDate
        let zone: String
        /// What is still to be paid in parts; empty when the invoice is paid as a whole.
        let openParts: [Instalment]
    }

    /// Finds what is to be planned among some invoices.
    static func plannable(_ invoices: [InvoiceID], in tx: borrowing Transaction) throws -> [Plannable] {
        try tx.query(
            """
            SELECT b.invoice_id, b.organization_id, b.account_id, m.mandate_id, \(days), b.issue_date, b.zone,
                   b.part_dates, b.part_through, b.collected, b.credited
              FROM payables b \(MandateStore.winner)
             WHERE b.invoice_id = ANY ($1) AND m.status = 'active' AND b.status IN ('finalized', 'uncollectible')
               AND b.total - b.credited - b.collected > 0
               AND NOT EXISTS (SELECT FROM plans p
                                WHERE p.invoice_id = b.invoice_id
                                  AND (p.mandate_id = m.mandate_id
                                       OR m.invoice_id IS NULL AND p.reason IN ('skipped', 'rejected')))
             ORDER BY b.invoice_id
            """, [invoices]
        ).map { row in
            let parts = try PayableStore.parts(row, at: 7)
            return Plannable(
                invoiceID: try row[0], organizationID: try row[1], accountID: try row[2],
                mandateID: try row[3], chargeAfterDays: try row[4], issueDate: try row[5], zone: try row[6],
                openParts: parts.isEmpty
                    ? []
                    : InstalmentStanding.all(of: parts, paid: try row[9], credited: try row[10])
                        .filter { $0.due > 0 }.map(\.instalment))
        }
    }

    /// The days from the issue of a payable `b` to its charge under a mandate `m`: none for what fills a wallet; a part has
    /// a due date of its own.
    static let days = """
        CASE WHEN b.wallet_id IS NOT NULL OR m.charges_on_due_date AND b.part_dates IS NOT NULL THEN 0
             WHEN m.charges_on_due_date THEN greatest(b.due_date - b.issue_date, 0) ELSE m.charge_after_days END
        """

    /// A plan that is to be stored.
    struct NewPlan {
        let planID: ChargePlanID
        let from: Plannable
        let part: Int
        let chargeOn: CivilDate
    }

    /// Stores plans; those that exist stay as they are.
    ///
    /// - Returns: The ids of those that are new.
    static func insert(_ plans: [NewPlan], now: Instant, in tx: borrowing Transaction) throws -> Set<
        ChargePlanID
    > {
        Set(
            try tx.query(
                """
                INSERT INTO plans (plan_id, invoice_id, mandate_id, organization_id, account_id, payment_id, state,
                                   charge_on, part, created_at, updated_at)
                SELECT t.plan, t.invoice, t.mandate, t.organization, t.account, t.payment, 'planned', t.day, t.part, $9, $9
                  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::date[],
                              $8::int[])
                    AS t (plan, invoice, mandate, organization, account, payment, day, part)
                ON CONFLICT (plan_id) DO NOTHING
                RETURNING plan_id
                """,
                [
                    plans.map(\.planID), plans.map(\.from.invoiceID), plans.map(\.from.mandateID),
                    plans.map(\.from.organizationID), plans.map(\.from.accountID),
                    plans.map { ChargePlan.paymentID(of: $0.planID) }, plans.map(\.chargeOn),
                    plans.map { Int32($0.part) }, now,
                ]
            ).column(0, as: ChargePlanID.self))
    }

    /// A plan with what is needed to decide about its due.
    struct Due {
        let planID: ChargePlanID
        let paymentID: PaymentID
        let state: ChargePlan.State
        let generation: Int64
        let step: Int
        let payable: Payable
        /// What the parts up to the plan's come to; nil when it collects the whole.
        let throughMinor: Int64?
        let isLeased: Bool
        let mandate: Mandate.Status
        let organizationID: OrganizationID
        let accountID: AccountID
        let customerID: CustomerID
        /// How many attempts the plan's payment has had.
        let attemptCount: Int

        var nextAttemptID: AttemptID { AttemptIdentity.id(of: paymentID, number: attemptCount + 1) }
    }

    /// Loads and locks plans and their payables, in the order of the payables.
    static func lockDue(_ plans: [ChargePlanID], in tx: borrowing Transaction) throws -> [Due] {
        try tx.query(
            """
            SELECT p.plan_id, p.payment_id, p.state, p.generation, p.step, b.invoice_id, b.currency, b.total, b.credited,
                   b.status = 'voided', b.collected, b.refunded, b.moved_to_credit, b.leased_by IS NOT NULL, m.status,
                   p.organization_id, p.account_id, b.customer_id, coalesce(y.attempt_count, 0),
                   b.part_through[p.part]
              FROM plans p JOIN payables b ON b.invoice_id = p.invoice_id JOIN mandates m ON m.mandate_id = p.mandate_id
              LEFT JOIN payments y ON y.payment_id = p.payment_id
             WHERE p.plan_id = ANY ($1)
             ORDER BY b.invoice_id, p.part FOR NO KEY UPDATE OF p, b
            """, [plans]
        ).map { row in
            Due(
                planID: try row[0], paymentID: try row[1], state: try row.get(2), generation: try row[3],
                step: try row[4],
                payable: Payable(
                    invoiceID: try row[5], currency: try row.get(6), totalMinor: try row[7],
                    creditedMinor: try row[8],
                    isVoided: try row[9], collectedMinor: try row[10], refundedMinor: try row[11],
                    movedToCreditMinor: try row[12]),
                throughMinor: try row[19], isLeased: try row[13], mandate: try row.get(14),
                organizationID: try row[15],
                accountID: try row[16],
                customerID: try row[17], attemptCount: try row[18])
        }
    }

    /// Makes an attempt ready for each plan, which also takes the lease of its payable.
    ///
    /// The plan's lock keeps its payment to this transaction, so the number of the attempt is known before it is written.
    static func makeReady(
        _ dues: [(due: Due, cause: EventCause)], now: Instant, sendAt: Instant, in tx: borrowing Transaction
    ) throws {
        guard !dues.isEmpty else { return }
        try tx.send(
            """
            WITH t AS (
                SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
                                     $8::text[], $9::uuid[], $10::uuid[], $11::int[])
                           AS t (plan, payment, attempt, invoice, organization, account, customer, currency, correlation,
                                 causation, number)),
            n AS (
                INSERT INTO payments (payment_id, organization_id, customer_id, account_id, plan_id, invoice_id, source,
                                      currency, amount, state, attempt_count, last_attempt_id, created_at)
                SELECT t.payment, t.organization, t.customer, t.account, t.plan, t.invoice, 'autopay', t.currency, 0, 'open',
                       1, t.attempt, $12
                  FROM t WHERE t.number = 1),
            y AS (
                UPDATE payments z SET attempt_count = t.number, last_attempt_id = t.attempt, state = 'open'
                  FROM t WHERE z.payment_id = t.payment AND t.number > 1),
            a AS (
                INSERT INTO attempts (attempt_id, payment_id, number, organization_id, invoice_id, plan_id, state, amount,
                                      currency, off_session, next_at, created_at, correlation_id, causation_id)
                SELECT t.attempt, t.payment, t.number, t.organization, t.invoice, t.plan, 'ready', 0, t.currency,
                       true, $13, $12, t.correlation, t.causation
                  FROM t),
            b AS (UPDATE payables SET leased_by = t.attempt FROM t WHERE payables.invoice_id = t.invoice)
            UPDATE plans SET state = 'charging', updated_at = $12 FROM t WHERE plans.plan_id = t.plan
            """,
            [
                dues.map(\.due.planID), dues.map(\.due.paymentID), dues.map(\.due.nextAttemptID),
                dues.map(\.due.payable.invoiceID), dues.map(\.due.organizationID), dues.map(\.due.accountID),
                dues.map(\.due.customerID), dues.map(\.due.payable.currency.code),
                dues.map(\.cause.correlationID), dues.map(\.cause.causationID),
                dues.map { Int32($0.due.attemptCount + 1) }, now, sendAt,
            ])
    }

    /// Lets plans wait for the attempt that holds their payable.
    static func makeWaiting(_ dues: [Due], now: Instant, in tx: borrowing Transaction) throws {
        guard !dues.isEmpty else { return }
        try tx.send(
            """
            WITH b AS (UPDATE payables SET has_waiting_plan = true WHERE invoice_id = ANY ($2))
            UPDATE plans SET state = 'waiting', updated_at = $3 WHERE plan_id = ANY ($1)
            """, [dues.map(\.planID), dues.map(\.payable.invoiceID), now])
    }

    /// A plan as the events show it.
    struct Changed {
        let planID: ChargePlanID
        let invoiceID: InvoiceID
        let organizationID: OrganizationID
        let accountID: AccountID
        let mandateID: MandateID
        let part: Int
        let state: ChargePlan.State
        let chargeOn: CivilDate
        let generation: Int64
        let step: Int
        let reason: String?
        let sequence: Int64
    }

    /// Ends plans for a reason and makes their timers obsolete.
    ///
    /// - Returns: Those that were still live.
    static func end(
        _ plans: [ChargePlanID], as state: ChargePlan.State, reasons: [String], now: Instant,
        in tx: borrowing Transaction
    ) throws -> [Changed] {
        guard !plans.isEmpty else { return [] }
        return try changed(
            tx.query(
                """
                UPDATE plans p
                   SET state = $3, reason = t.reason, generation = p.generation + 1, sequence = p.sequence + 1, updated_at = $4
                  FROM unnest($1::uuid[], $2::text[]) AS t (plan, reason)
                 WHERE p.plan_id = t.plan AND p.state IN ('planned', 'waiting', 'charging')
                \(returning)
                """, [plans, reasons, state.rawValue, now]))
    }

    /// Plans the next step of the ladder, or the same step anew.
    static func reschedule(
        _ plan: ChargePlanID, step: Int, on date: CivilDate, reason: String, now: Instant,
        in tx: borrowing Transaction
    ) throws -> Changed? {
        try changed(
            tx.query(
                """
                UPDATE plans p
                   SET state = 'planned', step = $2, charge_on = $3, reason = $4, generation = p.generation + 1,
                       sequence = p.sequence + 1, updated_at = $5
                 WHERE p.plan_id = $1 AND p.state = 'charging'
                \(returning)
                """, [plan, step, date, reason, now])
        ).first
    }

    static let returning = """
        RETURNING p.plan_id, p.invoice_id, p.organization_id, p.account_id, p.mandate_id, p.state, p.charge_on, p.generation,
                  p.step, p.reason, p.sequence, p.part
        """

    static func changed(_ rows: Rows) throws -> [Changed] {
        try rows.map {
            Changed(
                planID: try $0[0], invoiceID: try $0[1], organizationID: try $0[2], accountID: try $0[3],
                mandateID: try $0[4], part: try $0[11], state: try $0.get(5), chargeOn: try $0[6],
                generation: try $0[7],
                step: try $0[8],
                reason: try $0[9], sequence: try $0[10])
        }
    }

    /// The plans that wait for one of some payables.
    static func waiting(on invoices: [InvoiceID], in tx: borrowing Transaction) throws -> [ChargePlanID] {
        try tx.query(
            """
            WITH b AS (UPDATE payables SET has_waiting_plan = false WHERE invoice_id = ANY ($1) AND has_waiting_plan)
            SELECT plan_id FROM plans WHERE invoice_id = ANY ($1) AND state = 'waiting'
            """, [invoices]
        ).column(0)
    }

    /// The plans of some payables that have nothing left to collect, because all that is owed up to their parts has come.
    static func settled(of invoices: [InvoiceID], in tx: borrowing Transaction) throws -> [ChargePlanID] {
        try tx.query(
            """
            SELECT p.plan_id FROM plans p JOIN payables b ON b.invoice_id = p.invoice_id
             WHERE p.invoice_id = ANY ($1) AND p.state IN ('planned', 'waiting')
               AND least(coalesce(b.part_through[p.part], b.total), b.total - b.credited) <= b.collected
             ORDER BY p.plan_id
            """, [invoices]
        ).column(0)
    }

    /// The live plans of some payables.
    static func live(of invoices: [InvoiceID], in tx: borrowing Transaction) throws -> [ChargePlanID] {
        try tx.query(
            """
            SELECT plan_id FROM plans WHERE invoice_id = ANY ($1) AND state IN ('planned', 'waiting') ORDER BY plan_id
            """, [invoices]
        ).column(0)
    }
}
