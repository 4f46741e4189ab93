import PaymentDomain
import Postgres
import Primitives

/// The statements about attempts that run in batches; one attempt at a time is `AttemptRecord`'s.
enum AttemptStore {
    /// A ready attempt with all that decides whether and how it is sent.
    struct Candidate {
        let attemptID: AttemptID
        let paymentID: PaymentID
        let number: Int
        let organizationID: OrganizationID
        let payable: Payable
        /// What the parts up to the plan's come to; nil when it collects the whole.
        let throughMinor: Int64?
        let planID: ChargePlanID?
        let mandate: Mandate?
        let chargeOn: CivilDate?
        let method: Method?
        let isPaused: Bool
        let accountID: AccountID
        let payWith: PayWith
        /// What it holds of a wallet since a try that was not executed.
        let held: (walletID: WalletID, amountMinor: Int64)?
        let topsUpWallet: Bool
        /// Whether it is sent with another card than the mandate's.
        let hasOwnCard: Bool
        /// Whether the payer's other cards may stand in.
        let allowsFallback: Bool

        /// What it takes.
        var amount: Money {
            Money(minorUnits: payable.openMinor(through: throughMinor), currency: payable.currency)
        }
    }

    /// A card as an attempt names it.
    struct Method: Hashable, Sendable {
        let customer: String?
        let reference: String
        let brand: String
        let last4: String
        /// When its bank refused it last, where that is asked for.
        var refusedAt: Instant?
        /// Whether its network allows no other try.
        var isForbidden = false
    }

    /// Takes ready attempts, a few of each organization in turn, and locks them and their mandates.
    ///
    /// The recursive part walks the distinct organizations along the index instead of reading all ready rows, so one
    /// organization with a hundred thousand of them does not stand in the way of another with one. What an operator has
    /// stopped stays as it is.
    ///
    /// Returns the attempts, in the order of their organizations.
    static func lockReady(
        after cursor: OrganizationID, perOrganization: Int, limit: Int, now: Instant,
        in tx: borrowing Transaction
    ) throws -> [Candidate] {
        try tx.query(
            """
            WITH RECURSIVE t AS (
                (SELECT organization_id FROM attempts WHERE state = 'ready' AND organization_id > $1
                  ORDER BY organization_id LIMIT 1)
                UNION ALL
                SELECT (SELECT a.organization_id FROM attempts a
                         WHERE a.state = 'ready' AND a.organization_id > t.organization_id
                         ORDER BY a.organization_id LIMIT 1)
                  FROM t WHERE t.organization_id IS NOT NULL),
            g AS MATERIALIZED (SELECT organization_id FROM t WHERE NOT \(KillSwitchStore.isStopped("t"))),
            c AS (
                SELECT x.attempt_id FROM g CROSS JOIN LATERAL (
                    SELECT a.attempt_id FROM attempts a
                     WHERE a.organization_id = g.organization_id AND a.state = 'ready' AND a.next_at <= $2
                       AND a.plan_id IS NOT NULL
                     ORDER BY a.next_at, a.attempt_id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) x
                LIMIT $4)
            SELECT a.attempt_id, a.payment_id, a.number, a.organization_id, a.plan_id, b.invoice_id, b.currency, b.total,
                   b.credited, b.status = 'voided', b.collected, b.refunded, b.moved_to_credit, m.mandate_id, m.status,
                   m.charge_after_days, m.currency, m.cap_per_charge, m.cap_per_month, p.charge_on, w.gateway_customer,
                   w.reference, w.brand, w.last4, coalesce(o.charging_paused, false), p.account_id, m.pay_with, a.wallet_id,
                   a.wallet_amount, b.wallet_id IS NOT NULL, b.part_through[p.part], a.payment_method_id IS NOT NULL,
                   w.refused_at, w.forbidden_code IS NOT NULL, m.allows_fallback
              FROM attempts a
              JOIN payables b ON b.invoice_id = a.invoice_id
              JOIN plans p ON p.plan_id = a.plan_id
              JOIN mandates m ON m.mandate_id = p.mandate_id
              LEFT JOIN payment_methods w
                ON w.payment_method_id = coalesce(a.payment_method_id, m.payment_method_id) AND NOT w.is_removed
              LEFT JOIN organizations o ON o.organization_id = a.organization_id
             WHERE a.attempt_id = ANY (ARRAY (SELECT attempt_id FROM c))
             ORDER BY a.organization_id, m.mandate_id FOR SHARE OF m
            """, [cursor, now, perOrganization, limit]
        ).map { try candidate($0) }
    }

    private static func candidate(_ row: Row) throws -> Candidate {
        let reference: String? = try row[21]
        let heldMinor: Int64 = try row[28]
        return Candidate(
            attemptID: try row[0], paymentID: try row[1], number: try row[2], organizationID: try row[3],
            payable: Payable(
                invoiceID: try row[5], currency: try row[6], totalMinor: try row[7],
                creditedMinor: try row[8],
                isVoided: try row[9], collectedMinor: try row[10], refundedMinor: try row[11],
                movedToCreditMinor: try row[12]),
            throughMinor: try row[30], planID: try row[4],
            mandate: Mandate(
                id: try row[13], status: try row.get(14), chargeAfterDays: try row[15], currency: try row[16],
                capPerChargeMinor: try row[17], capPerMonthMinor: try row[18]),
            chargeOn: try row[19],
            method: try reference.map {
                Method(
                    customer: try row[20], reference: $0, brand: try row[22], last4: try row[23],
                    refusedAt: try row[32], isForbidden: try row[33])
            },
            isPaused: try row[24], accountID: try row[25], payWith: try row.get(26),
            held: heldMinor > 0 ? (try row[27], heldMinor) : nil, topsUpWallet: try row[29],
            hasOwnCard: try row[31], allowsFallback: try row[34])
    }

    /// What a mandate's plans of one calendar month have taken or are taking.
    static func chargedMinor(
        under mandate: MandateID, inMonthOf date: CivilDate, except plan: ChargePlanID,
        in tx: borrowing Transaction
    ) throws -> Int64 {
        let first = date.adding(days: 1 - date.day)
        return try tx.query(
            """
            SELECT coalesce(sum(a.amount + a.wallet_amount), 0)::bigint
              FROM plans p
              JOIN payments y ON y.payment_id = p.payment_id
              JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.mandate_id = $1 AND p.charge_on >= $2 AND p.charge_on < $3 AND p.plan_id <> $4
               AND a.state IN ('in_flight', 'unknown', 'requires_action', 'needs_review', 'succeeded')
            """, [mandate, first, first.adding(months: 1, anchorDay: 1), plan]
        ).scalar() ?? 0
    }

    /// An attempt that is about to be sent.
    struct Claim {
        let attemptID: AttemptID
        let amountMinor: Int64
        let token: RawID
        /// nil when no card is needed.
        let method: Method?
    }

    /// Marks locked attempts as sent by this process until the end of the lease.
    static func markInFlight(
        _ claims: [Claim], now: Instant, leaseUntil: Instant, in tx: borrowing Transaction
    ) throws {
        guard !claims.isEmpty else { return }
        try tx.send(
            """
            UPDATE attempts a
               SET state = 'in_flight', amount = t.amount, lease_token = t.token, next_at = $9, sent_at = $8,
                   sends = a.sends + 1, gateway_customer = t.customer, gateway_method = t.method, brand = t.brand, last4 = t.last4
              FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
                AS t (attempt, amount, token, customer, method, brand, last4)
             WHERE a.attempt_id = t.attempt
            """,
            [
                claims.map(\.attemptID), claims.map(\.amountMinor), claims.map(\.token),
                claims.map(\.method?.customer),
                claims.map(\.method?.reference), claims.map(\.method?.brand), claims.map(\.method?.last4),
                now,
                leaseUntil,
            ])
    }

    /// Puts off locked attempts, without a send.
    static func postpone(_ attempts: [AttemptID], until: Instant, in tx: borrowing Transaction) throws {
        guard !attempts.isEmpty else { return }
        try tx.send("UPDATE attempts SET next_at = $2 WHERE attempt_id = ANY ($1)", [attempts, until])
    }

    /// The time of the earliest ready attempt; nil when there is none.
    static func earliestReady(in tx: borrowing Transaction) throws -> Instant? {
        try tx.query("SELECT min(next_at) FROM attempts WHERE state = 'ready'").scalar(as: Instant?.self)
            ?? nil
    }
}
