import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// A payer lets one sender charge a card, changes the terms, or takes the permission back.
struct SetMandate: Sendable {
    /// A mandate after a change.
    struct Result: Sendable {
        let stored: MandateStore.Stored
        /// Charges that had been sent before the permission was taken back, and go on.
        let underWay: [InvoiceID]
    }

    let outbox: Outbox
    let clock: any WallClock
    let planCharges: PlanCharges
    let endPlans: EndPlans
    let endAttempt: EndAttempt

    static let senderNotFound = Problem(
        status: 404, code: "sender_not_found", title: "This sender does not bill you",
        headers: ["Retry-After": "1"])

    /// Gives or changes the permission.
    ///
    /// Returns the mandate.
    /// Throws `Problem` for a sender that does not bill this payer, or a card that is not theirs.
    func enable(_ wanted: MandateStore.Wanted, in tx: borrowing Transaction) throws -> Result {
        let now = clock.now()
        let isBilled = try tx.query(
            "SELECT 1 FROM customers WHERE account_id = $1 AND organization_id = $2 LIMIT 1",
            [wanted.accountID, wanted.organizationID])
        guard !isBilled.isEmpty else { throw Self.senderNotFound }
        guard try PaymentMethodStore.find(wanted.paymentMethodID, of: wanted.accountID, in: tx) != nil else {
            throw InvalidFields(
                field: "payment_method_id", code: "unknown_value", message: "There is no such card.")
        }
        guard let stored = try MandateStore.put(wanted, now: now, in: tx) else { throw Problem.notFound }
        let cause = EventCause(traceparent: nil, clockTime: now)
        try outbox.write(stored.changedEvent(cause: cause), in: tx)
        let covered = try MandateStore.coveredInvoices(
            of: wanted.accountID, for: wanted.organizationID, in: tx)
        try planCharges(Dictionary(uniqueKeysWithValues: covered.map { ($0, cause) }), in: tx)
        return Result(stored: stored, underWay: [])
    }

    /// Takes the permission back: nothing more is sent under it; what was sent goes on, and the payer is told so.
    func revoke(
        of account: AccountID, for organization: OrganizationID, in tx: borrowing Transaction
    ) throws -> Result {
        let now = clock.now()
        let cause = EventCause(traceparent: nil, clockTime: now)
        if let stored = try MandateStore.setStatus(.revoked, of: account, for: organization, now: now, in: tx)
        {
            try outbox.write(stored.changedEvent(cause: cause), in: tx)
            try stop(stored.mandate.id, cause: cause, in: tx)
        }
        guard let stored = try MandateStore.find(of: account, for: organization, in: tx) else {
            throw Problem.notFound
        }
        let underWay = try tx.query(
            """
            SELECT p.invoice_id FROM plans p JOIN payments y ON y.payment_id = p.payment_id
              JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.mandate_id = $1 AND p.state = 'charging'
               AND a.state IN ('in_flight', 'unknown', 'requires_action', 'needs_review')
            """, [stored.mandate.id]
        ).column(0, as: InvoiceID.self)
        return Result(stored: stored, underWay: underWay)
    }

    /// An attempt that an executor is taking at this moment is passed over: it looks at the mandate itself, which is
    /// locked here, and withdraws.
    private func stop(_ mandate: MandateID, cause: EventCause, in tx: borrowing Transaction) throws {
        let ready = try tx.query(
            """
            SELECT a.attempt_id FROM plans p JOIN payments y ON y.payment_id = p.payment_id
              JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.mandate_id = $1 AND p.state = 'charging' AND a.state IN ('held', 'ready')
               FOR NO KEY UPDATE OF a SKIP LOCKED
            """, [mandate]
        ).column(0, as: AttemptID.self)
        for attempt in ready { try endAttempt.withdrawn(attempt, reason: "mandate_revoked", in: tx) }
        let plans = try tx.query(
            "SELECT plan_id FROM plans WHERE mandate_id = $1 AND state IN ('planned', 'waiting') ORDER BY plan_id",
            [mandate]
        ).column(0, as: ChargePlanID.self)
        try endPlans(plans.map { ($0, "mandate_revoked") }, cause: cause, in: tx)
    }
}
