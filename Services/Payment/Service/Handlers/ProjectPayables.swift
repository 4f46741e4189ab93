import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Applies what the invoice service says of invoices, and does what follows: plans, cancellations, refunds.
struct ProjectPayables: Sendable {
    let planCharges: PlanCharges
    let endPlans: EndPlans
    let endAttempt: EndAttempt
    let settleSurplus: SettleSurplus
    let applyCredit: ApplyCredit
    let clock: any WallClock

    /// An invoice as an event carries it.
    struct State {
        let invoice: InvoiceSnapshot
        let sequence: Int64
        let envelope: EventEnvelope
        /// Whether less is due than before, so that there may be nothing left to collect.
        var lowersDue = false
    }

    func callAsFunction(_ states: [State], in tx: borrowing Transaction) throws {
        var latest: [InvoiceID: State] = [:]
        for state in states where (latest[state.invoice.invoiceID]?.sequence ?? -1) < state.sequence {
            latest[state.invoice.invoiceID] = state
        }
        let ordered = latest.values.sorted { $0.invoice.invoiceID < $1.invoice.invoiceID }
        let projected = try PayableStore.project(ordered.map { ($0.invoice, $0.sequence) }, in: tx)
        var plannable: [InvoiceID: EventCause] = [:]
        for change in projected {
            guard let state = latest[change.invoiceID] else { continue }
            let isCredited = state.lowersDue && change.isSettled
            guard change.isNew || change.isVoided || change.hasSurplus || isCredited else { continue }
            let cause = EventCause(following: state.envelope, clockTime: clock.now())
            if change.isVoided {
                try stopCollecting(change.invoiceID, "voided", cause: cause, in: tx)
            } else if isCredited {
                try stopCollecting(change.invoiceID, "settled", cause: cause, in: tx)
            } else if change.isNew,
                try !change.hasCredit || applyCredit(change.invoiceID, cause: cause, in: tx)
            {
                plannable[change.invoiceID] = cause
            }
            if change.isVoided { try TopUpStore.close([change.invoiceID], in: tx) }
            if change.hasSurplus { try settleSurplus([change.invoiceID], cause: cause, in: tx) }
        }
        try planCharges(plannable, in: tx)
    }

    /// Nothing more is collected for an invoice that is voided or credited; what is at the gateway already becomes surplus if it succeeds.
    private func stopCollecting(
        _ invoice: InvoiceID, _ reason: String, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        let attempts = try tx.query(
            "SELECT leased_by FROM payables WHERE invoice_id = $1 AND leased_by IS NOT NULL", [invoice]
        ).column(0, as: AttemptID.self)
        for attempt in attempts { try endAttempt.withdrawn(attempt, reason: reason, in: tx) }
        let plans = try PlanStore.live(of: [invoice], in: tx)
        try endPlans(plans.map { ($0, reason) }, cause: cause, in: tx)
    }
}
