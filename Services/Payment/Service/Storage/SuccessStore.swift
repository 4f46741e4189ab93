import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// Books money that has come: attempt, payment, payable, plan and ledger in one statement for a whole batch.
enum SuccessStore {
    /// A success under the lease of the one who sent the attempt.
    struct Success {
        let attemptID: AttemptID
        let token: RawID
        let reference: String
    }

    /// What was booked, with all that events and rules need of it.
    struct Booked {
        let attemptID: AttemptID
        let facts: PaymentFacts
        let sequence: Int64
        let payable: Payable
        let hasWaitingPlan: Bool
        let isAutomatic: Bool
        /// The wallet that the invoice tops up.
        let walletID: WalletID?
        /// What a wallet has paid.
        let walletPart: (from: WalletID, amountMinor: Int64)?
        let correlationID: RawID
        let causationID: RawID?
    }

    /// Books the successes whose lease still holds.
    ///
    /// A success that is not among the booked was resolved by somebody else. There is no condition on the state: the
    /// token is cleared when an attempt leaves `in_flight`, and a condition would invite the wrong partial index.
    static func book(_ successes: [Success], now: Instant, in tx: borrowing Transaction) throws -> [Booked] {
        guard !successes.isEmpty else { return [] }
        return try tx.query(
            statement, [successes.map(\.attemptID), successes.map(\.token), successes.map(\.reference), now]
        ).map { try booked($0) }
    }

    /// Each step hands on all columns of the one before, so that no two of them are joined: the planner takes their
    /// results for one row each, and would compare every row of a batch with every other.
    private static let statement = """
        WITH t AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS t (attempt, token, reference)),
        a AS (
            UPDATE attempts x
               SET state = 'succeeded', gateway_reference = t.reference, lease_token = NULL, next_at = NULL, ended_at = $4
              FROM t WHERE x.attempt_id = t.attempt AND x.lease_token = t.token
            RETURNING x.attempt_id, x.payment_id, x.number, x.invoice_id, x.amount, x.brand, x.last4,
                      x.correlation_id, x.causation_id, x.wallet_id, x.wallet_amount),
        y AS (
            UPDATE payments z
               SET state = 'succeeded', amount = a.amount + a.wallet_amount, settled_at = $4, sequence = z.sequence + 1
              FROM a WHERE z.payment_id = a.payment_id
            RETURNING a.*, z.organization_id, z.customer_id, z.account_id, z.plan_id, z.source, z.currency, z.sequence),
        l AS (
            INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at)
            SELECT y.payment_id, y.organization_id, 'gateway', 'sender', y.currency, y.amount, $4 FROM y WHERE y.amount > 0),
        p AS (
            UPDATE plans z SET state = 'collected', reason = NULL, updated_at = $4
              FROM y WHERE z.plan_id = y.plan_id)
        UPDATE payables z
           SET collected = z.collected + y.amount + y.wallet_amount,
               leased_by = CASE WHEN z.leased_by = y.attempt_id THEN NULL ELSE z.leased_by END
          FROM y WHERE z.invoice_id = y.invoice_id
        RETURNING y.attempt_id, y.payment_id, y.number, y.invoice_id, y.amount, y.brand, y.last4, y.organization_id,
                  y.customer_id, y.account_id, y.plan_id, y.source, y.currency, y.sequence, z.total, z.credited,
                  z.status = 'voided', z.collected, z.refunded, z.moved_to_credit, z.has_waiting_plan, y.correlation_id,
                  y.causation_id, z.wallet_id, y.wallet_id, y.wallet_amount
        """

    private static func booked(_ row: Row) throws -> Booked {
        let invoiceID: InvoiceID = try row[3]
        let amount: Int64 = try row[4]
        let walletMinor: Int64 = try row[25]
        let currency: Currency = try row[12]
        let source: PaymentSource = try row.get(11)
        return Booked(
            attemptID: try row[0],
            facts: PaymentFacts(
                paymentID: try row[1], organizationID: try row[7], customerID: try row[8],
                accountID: try row[9],
                source: source, currency: currency, amountMinor: amount + walletMinor,
                tenders: Tender.parts(
                    cardMinor: amount, brand: try row[5], last4: try row[6], walletMinor: walletMinor),
                allocations: [Allocation(invoiceID: invoiceID, amountMinor: amount + walletMinor)],
                attemptID: try row[0],
                attemptNumber: try row[2], planID: try row[10]),
            sequence: try row[13],
            payable: Payable(
                invoiceID: invoiceID, currency: currency, totalMinor: try row[14], creditedMinor: try row[15],
                isVoided: try row[16], collectedMinor: try row[17], refundedMinor: try row[18],
                movedToCreditMinor: try row[19]),
            hasWaitingPlan: try row[20], isAutomatic: source == .autopay, walletID: try row[23],
            walletPart: walletMinor > 0 ? (try row[24], walletMinor) : nil,
            correlationID: try row[21], causationID: try row[22])
    }
}
