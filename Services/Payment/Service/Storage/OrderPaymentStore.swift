import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// The statements that pay the days of standing orders.
enum OrderPaymentStore {
    /// A day that is to be paid now.
    struct Due {
        let paymentID: PaymentID
        let orderID: StandingOrderID
        let organizationID: OrganizationID
        let accountID: AccountID
        let customerID: CustomerID
        let amount: Money
        /// nil when the card is gone.
        let method: AttemptStore.Method?
        let isPaused: Bool
        /// How many attempts the payment has had.
        let attemptCount: Int
        let choice: CardChoice

        var number: Int { attemptCount + 1 }
        var attemptID: AttemptID { AttemptIdentity.id(of: paymentID, number: number) }
    }

    /// Locks orders with a day that is due, a few of each sender in turn, and takes the earliest such day of each.
    ///
    /// One day of an order is paid after the other: what the first leaves open is there for the next. The senders are found
    /// along the index, from any of them on, and what an operator has stopped stays as it is.
    static func lockDue(limit: Int, now: Instant, in tx: borrowing Transaction) throws -> [Due] {
        let orders = try tx.query(
            """
            WITH RECURSIVE t AS (
                (SELECT organization_id FROM standing_order_payments WHERE state = 'due' ORDER BY organization_id LIMIT 1)
                UNION ALL
                SELECT (SELECT p.organization_id FROM standing_order_payments p
                         WHERE p.state = 'due' AND p.organization_id > t.organization_id
                         ORDER BY p.organization_id LIMIT 1)
                  FROM t WHERE t.organization_id IS NOT NULL),
            g AS MATERIALIZED (
                SELECT organization_id, count(*) OVER () AS senders FROM t
                 WHERE organization_id IS NOT NULL AND NOT \(KillSwitchStore.isStopped("t"))
                 ORDER BY organization_id < $3, organization_id),
            c AS (
                SELECT x.standing_order_id FROM g CROSS JOIN LATERAL (
                    SELECT p.standing_order_id FROM standing_order_payments p
                     WHERE p.organization_id = g.organization_id AND p.state = 'due' AND p.next_at <= $1
                       AND NOT EXISTS (SELECT FROM standing_order_payments q
                                        WHERE q.standing_order_id = p.standing_order_id AND q.state = 'charging')
                     ORDER BY p.next_at LIMIT greatest($4, $2 / g.senders)) x
                LIMIT $2)
            SELECT standing_order_id FROM standing_orders
             WHERE standing_order_id = ANY (ARRAY (SELECT standing_order_id FROM c))
             ORDER BY standing_order_id FOR NO KEY UPDATE SKIP LOCKED
            """, [now, limit, RawID.random(), leastPerOrganization]
        ).column(0, as: StandingOrderID.self)
        guard !orders.isEmpty else { return [] }
        return try tx.query(
            """
            SELECT p.payment_id, o.standing_order_id, o.organization_id, o.account_id, o.currency, p.amount,
                   w.gateway_customer, w.reference, w.brand, w.last4, coalesce(s.charging_paused, false) OR \(KillSwitchStore.isStopped("o")),
                   coalesce(y.attempt_count, 0), o.customer_id, p.payment_method_id, p.first_number, w.refused_at,
                   w.forbidden_code IS NOT NULL
              FROM standing_orders o
              JOIN LATERAL (SELECT * FROM standing_order_payments x
                             WHERE x.standing_order_id = o.standing_order_id AND x.state IN ('due', 'charging')
                             ORDER BY x.state, x.day LIMIT 1) p ON p.state = 'due' AND p.next_at <= $2
              LEFT JOIN payments y ON y.payment_id = p.payment_id
              LEFT JOIN payment_methods w
                ON w.payment_method_id = coalesce(p.payment_method_id, o.payment_method_id) AND NOT w.is_removed
              LEFT JOIN organizations s ON s.organization_id = o.organization_id
             WHERE o.standing_order_id = ANY ($1)
             ORDER BY o.standing_order_id
            """, [orders, now]
        ).map { try due($0) }
    }

    /// Each sender costs a walk through the index, however few of its days are taken.
    private static let leastPerOrganization = 4

    private static func due(_ row: Row) throws -> Due {
        let reference: String? = try row[7]
        return Due(
            paymentID: try row[0], orderID: try row[1], organizationID: try row[2], accountID: try row[3],
            customerID: try row[12],
            amount: Money(minorUnits: try row[5], currency: try row[4]),
            method: try reference.map {
                AttemptStore.Method(
                    customer: try row[6], reference: $0, brand: try row[8], last4: try row[9],
                    refusedAt: try row[15], isForbidden: try row[16])
            },
            isPaused: try row[10], attemptCount: try row[11],
            choice: CardChoice(card: try row[13], firstNumber: try row[14]))
    }

    /// An open invoice.
    typealias Open = (invoiceID: InvoiceID, openMinor: Int64)

    /// How many invoices one payment can settle; more wait for the next.
    static let payablesMaximum = 200

    /// Locks the oldest free open payables of each payer at each sender; those that somebody holds are passed over.
    ///
    /// Invoices that top up a wallet are none of them: an order pays what is owed.
    static func lockFree(
        _ dues: [Due], in tx: borrowing Transaction
    ) throws -> [StandingOrderID: [Open]] {
        var found: [StandingOrderID: [Open]] = [:]
        let rows = try tx.query(
            """
            SELECT t.standing_order, b.invoice_id, b.open
              FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS t (standing_order, account, organization, currency)
             CROSS JOIN LATERAL (
                SELECT x.invoice_id, x.total - x.credited - x.collected AS open FROM payables x
                 WHERE x.account_id = t.account AND x.organization_id = t.organization AND x.currency = t.currency
                   AND x.status IN ('finalized', 'uncollectible') AND x.total - x.credited - x.collected > 0
                   AND x.leased_by IS NULL AND x.wallet_id IS NULL
                 ORDER BY x.invoice_id LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED) b
             ORDER BY b.invoice_id
            """,
            [
                dues.map(\.orderID), dues.map(\.accountID), dues.map(\.organizationID),
                dues.map(\.amount.currency.code), payablesMaximum,
            ])
        var taken: Set<InvoiceID> = []
        for row in rows {
            let invoice: InvoiceID = try row[1]
            guard taken.insert(invoice).inserted else { continue }
            found[try row[0], default: []].append((invoice, try row[2]))
        }
        return found
    }

    /// An attempt that is about to be sent, with the lease of what it is meant to settle.
    struct Start {
        let due: Due
        let method: AttemptStore.Method
        let token: RawID
        let invoices: [InvoiceID]
        let correlationID: RawID
    }

    /// Books attempts as sent, under the leases of their payables.
    static func start(
        _ starts: [Start], now: Instant, leaseUntil: Instant, in tx: borrowing Transaction
    ) throws {
        guard !starts.isEmpty else { return }
        try tx.send(
            """
            WITH t AS (
                SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[],
                                     $8::text[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::uuid[], $16::uuid[], $17::uuid[], $18::int[])
                    AS t (payment, attempt, number, organization, account, currency, amount, customer, method, brand, last4,
                          token, correlation, payer, chosen, first)),
            n AS (
                INSERT INTO payments (payment_id, organization_id, account_id, customer_id, source, currency, amount, state,
                                      attempt_count, last_attempt_id, created_at)
                SELECT t.payment, t.organization, t.account, t.payer, 'standing_order', t.currency, 0, 'open', 1, t.attempt, $14
                  FROM t WHERE t.number = 1),
            y AS (
                UPDATE payments z SET attempt_count = t.number, last_attempt_id = t.attempt, state = 'open'
                  FROM t WHERE z.payment_id = t.payment AND t.number > 1),
            p AS (
                UPDATE standing_order_payments z SET state = 'charging', reason = NULL, payment_method_id = NULL, first_number = NULL, updated_at = $14
                  FROM t WHERE z.payment_id = t.payment)
            INSERT INTO attempts (attempt_id, payment_id, number, organization_id, state, amount, currency,
                                  gateway_customer, gateway_method, brand, last4, off_session, sends, lease_token,
                                  next_at, sent_at, correlation_id, created_at, payment_method_id, first_number)
            SELECT t.attempt, t.payment, t.number, t.organization, 'in_flight', t.amount, t.currency, t.customer, t.method,
                   t.brand, t.last4, true, 1, t.token, $15, $14, t.correlation, $14, t.chosen, t.first
              FROM t
            """,
            [
                starts.map(\.due.paymentID), starts.map(\.due.attemptID), starts.map { Int32($0.due.number) },
                starts.map(\.due.organizationID), starts.map(\.due.accountID),
                starts.map(\.due.amount.currency.code), starts.map(\.due.amount.minorUnits),
                starts.map(\.method.customer), starts.map(\.method.reference), starts.map(\.method.brand),
                starts.map(\.method.last4), starts.map(\.token), starts.map(\.correlationID), now, leaseUntil,
                starts.map(\.due.customerID), starts.map(\.due.choice.card),
                starts.map { $0.due.choice.firstNumber.map { Int32($0) } },
            ])
        let leases = starts.flatMap { start in
            start.invoices.map { (start.due.attemptID, start.due.paymentID, $0) }
        }
        guard !leases.isEmpty else { return }
        try tx.send(
            """
            WITH t AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS t (attempt, payment, invoice)),
            x AS (
                INSERT INTO attempt_payables (attempt_id, payment_id, invoice_id)
                SELECT t.attempt, t.payment, t.invoice FROM t)
            UPDATE payables b SET leased_by = t.attempt FROM t WHERE b.invoice_id = t.invoice
            """, [leases.map(\.0), leases.map(\.1), leases.map(\.2)])
    }

    /// The payables that an attempt of a standing order holds.
    static func invoices(of attempt: AttemptID, in tx: borrowing Transaction) throws -> [InvoiceID] {
        try tx.query(
            "SELECT invoice_id FROM attempt_payables WHERE attempt_id = $1 ORDER BY invoice_id", [attempt]
        ).column(0)
    }

    /// Attempts that the gateway certainly did not execute, and whose waiting time is over.
    static func unsent(limit: Int, now: Instant, in tx: borrowing Transaction) throws -> [AttemptID] {
        try tx.query(
            """
            SELECT a.attempt_id FROM standing_order_payments p
              JOIN payments y ON y.payment_id = p.payment_id JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.state = 'charging' AND p.state IN ('due', 'charging') AND a.state = 'ready' AND a.next_at <= $1
               AND NOT \(KillSwitchStore.isStopped("a"))
             ORDER BY a.next_at LIMIT $2
            """, [now, limit]
        ).column(0)
    }

    /// What is open on the payables that an attempt holds, and on the others of the same payer and sender that are free.
    static func lockOpen(
        heldBy record: AttemptRecord, invoices: [InvoiceID], in tx: borrowing Transaction
    ) throws -> [Open] {
        try tx.query(
            """
            SELECT invoice_id, CASE status WHEN 'voided' THEN 0 ELSE greatest(total - credited - collected, 0) END
              FROM payables
             WHERE invoice_id = ANY ($1)
                OR account_id = $2 AND organization_id = $3 AND currency = $4 AND leased_by IS NULL AND wallet_id IS NULL
                   AND status IN ('finalized', 'uncollectible') AND total - credited - collected > 0
             ORDER BY invoice_id LIMIT $5 FOR NO KEY UPDATE
            """,
            [
                invoices, record.accountID, record.organizationID, record.amount.currency.code,
                2 * payablesMaximum,
            ]
        ).map { (try $0[0], try $0[1]) }
    }

    /// Books the money of a locked attempt: each of the payables gets its part, and none of them is held any more.
    ///
    /// - Returns: The sequence of the payment's event, and the payables that are settled now.
    static func book(
        _ record: AttemptRecord, reference: String, parts: [(invoiceID: InvoiceID, amountMinor: Int64)],
        now: Instant, in tx: borrowing Transaction
    ) throws -> (sequence: Int64, settled: [InvoiceID]) {
        let sequence = try tx.query(
            """
            WITH a AS (
                UPDATE attempts SET state = 'succeeded', gateway_reference = $3, lease_token = NULL, next_at = NULL,
                       ended_at = $5 WHERE attempt_id = $1),
            l AS (
                INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at)
                VALUES ($2, $6, 'gateway', 'sender', $7, $4, $5)),
            p AS (
                UPDATE standing_order_payments SET state = 'collected', reason = NULL, updated_at = $5
                 WHERE payment_id = $2)
            UPDATE payments SET state = 'succeeded', amount = $4, settled_at = $5, sequence = sequence + 1
             WHERE payment_id = $2 RETURNING sequence
            """,
            [
                record.attemptID, record.paymentID, reference, record.amount.minorUnits, now,
                record.organizationID, record.amount.currency.code,
            ]
        ).scalar(as: Int64.self)
        let settled = try tx.query(
            """
            WITH t AS (SELECT * FROM unnest($3::uuid[], $4::bigint[]) AS t (invoice, amount)),
            x AS (
                INSERT INTO attempt_payables (attempt_id, payment_id, invoice_id, amount)
                SELECT $1, $2, t.invoice, t.amount FROM t
                ON CONFLICT (attempt_id, invoice_id) DO UPDATE SET amount = EXCLUDED.amount)
            UPDATE payables b
               SET collected = b.collected + t.amount,
                   leased_by = CASE WHEN b.leased_by = $1 THEN NULL ELSE b.leased_by END
              FROM t WHERE b.invoice_id = t.invoice
            RETURNING b.invoice_id, b.total - b.credited <= b.collected
            """,
            [record.attemptID, record.paymentID, parts.map(\.invoiceID), parts.map(\.amountMinor)]
        ).filter { try $0.get(1, as: Bool.self) }.map { try $0.get(0, as: InvoiceID.self) }
        return (sequence ?? 0, settled)
    }
}
