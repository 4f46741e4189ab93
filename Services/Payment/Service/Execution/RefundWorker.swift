import EventContracts
import Lifecycle
import Messaging
import Observability
import PaymentDomain
import Postgres
import Primitives

/// Sends refunds, each under its own key until the gateway has said what became of it.
struct RefundWorker: Sendable {
    let pool: PostgresPool
    let gateway: any CardGateway
    let outbox: Outbox
    let moveWallet: MoveWallet
    let settings: PaymentSettings
    let clock: any WallClock
    let log: Log

    private static let batch = 64

    private struct Taken: Sendable {
        let call: RefundCall
        let facts: RefundFacts
        let token: RawID
        let sends: Int
    }

    /// The loop that sends.
    func loop(wakeup: Wakeup) -> BackgroundLoop {
        BackgroundLoop(label: "refund-worker", pause: settings.sweepPause, wakeup: wakeup, log: log) {
            let taken = try await take()
            await withTaskGroup { group in
                for refund in taken {
                    group.addTask { await record(outcome(of: refund), of: refund) }
                }
            }
            return taken.count == Self.batch ? .more : .idle
        }
    }

    /// Takes refunds that are due; one whose sender died is taken again under the same key.
    private func take() async throws -> [Taken] {
        try await pool.transaction { [clock, settings] tx in
            let now = clock.now()
            return try tx.query(
                """
                UPDATE refunds r
                   SET state = 'in_flight', lease_token = gen_random_uuid(), next_at = $2, sends = r.sends + 1
                 WHERE r.refund_id = ANY (ARRAY (
                    SELECT refund_id FROM refunds WHERE state IN ('ready', 'in_flight') AND next_at <= $1
                     ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED))
                RETURNING r.refund_id, r.organization_id, r.payment_id, r.invoice_id, r.currency, r.amount, r.reason,
                          r.gateway_payment, r.lease_token, r.sends
                """, [now, now + settings.lease, Self.batch]
            ).map { row in
                let currency: Currency = try row[4]
                return Taken(
                    call: RefundCall(
                        refundID: try row[0], gatewayPayment: try row[7],
                        amount: Money(minorUnits: try row[5], currency: currency)),
                    facts: RefundFacts(
                        refundID: try row[0], organizationID: try row[1], paymentID: try row[2],
                        invoiceID: try row[3],
                        currency: currency, amountMinor: try row[5], reason: try row[6]),
                    token: try row[8], sends: try row[9])
            }
        }
    }

    /// Asks the gateway to refund; before it is asked again, whether the first time took effect.
    ///
    /// The answer of the key cannot tell: a gateway may keep its own failure as that answer, and forgets keys after a day.
    private func outcome(of refund: Taken) async -> RefundOutcome {
        do throws(GatewayFailure) {
            if refund.sends > 1, let found = try await gateway.lookUp(refund.call) { return found }
        } catch {
            return .again(reason: "\(error)")
        }
        return await gateway.refund(refund.call)
    }

    private func record(_ outcome: RefundOutcome, of refund: Taken) async {
        do {
            try await pool.transaction { tx in
                switch outcome {
                case .refunded(let reference): try succeeded(refund, reference: reference, in: tx)
                case .refused(let code): try failed(refund, code: code, in: tx)
                case .again(let reason): try again(refund, reason: reason, in: tx)
                }
            }
        } catch {
            // The lease ends, the refund is taken again, and the gateway answers the same key with the same refund.
            log.warning(
                "a refund was not stored",
                ["refund_id": LogValue(refund.call.refundID), "error": LogValue(error: error)])
        }
    }

    private func succeeded(_ refund: Taken, reference: String, in tx: borrowing Transaction) throws {
        let now = clock.now()
        let sequence = try tx.query(
            """
            WITH r AS (
                UPDATE refunds SET state = 'succeeded', gateway_reference = $3, lease_token = NULL, next_at = NULL, ended_at = $4
                 WHERE refund_id = $1 AND lease_token = $2 RETURNING *),
            b AS (UPDATE payables SET refunded = refunded + r.amount FROM r WHERE payables.invoice_id = r.invoice_id),
            l AS (
                INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at)
                SELECT r.refund_id, r.organization_id, 'sender', 'gateway', r.currency, r.amount, $4 FROM r)
            UPDATE payments y SET sequence = y.sequence + 1 FROM r WHERE y.payment_id = r.payment_id RETURNING y.sequence
            """, [refund.call.refundID, refund.token, reference, now]
        ).scalar(as: Int64.self)
        guard let sequence else { return }
        try publish(
            RefundSucceeded(refund: refund.facts, succeededAt: now), of: refund, sequence: sequence, in: tx)
    }

    private func failed(_ refund: Taken, code: String, in tx: borrowing Transaction) throws {
        let sequence = try tx.query(
            """
            WITH r AS (
                UPDATE refunds SET state = 'failed', outcome_code = $3, lease_token = NULL, next_at = NULL, ended_at = $4
                 WHERE refund_id = $1 AND lease_token = $2 RETURNING *)
            UPDATE payments y SET sequence = y.sequence + 1, refunded = y.refunded - r.amount
              FROM r WHERE y.payment_id = r.payment_id RETURNING y.sequence
            """, [refund.call.refundID, refund.token, code, clock.now()]
        ).scalar(as: Int64.self)
        guard let sequence else { return }
        try publish(RefundFailed(refund: refund.facts, code: code), of: refund, sequence: sequence, in: tx)
        try moveWallet.refundFailed(refund.facts, in: tx)
    }

    private func again(_ refund: Taken, reason: String, in tx: borrowing Transaction) throws {
        let delay = settings.refundDelay.delay(afterTries: refund.sends)
        try tx.send(
            """
            UPDATE refunds SET state = 'ready', outcome_code = $3, lease_token = NULL, next_at = $4
             WHERE refund_id = $1 AND lease_token = $2
            """, [refund.call.refundID, refund.token, String(reason.prefix(200)), clock.now() + delay])
    }

    private func publish(
        _ event: some EventPayload, of refund: Taken, sequence: Int64, in tx: borrowing Transaction
    ) throws {
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        try outbox.write(
            [
                try OutgoingEvent(
                    event, subject: refund.facts.paymentID, tenant: refund.facts.organizationID,
                    sequence: sequence,
                    cause: cause)
            ], in: tx)
    }
}
