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
    let clock: any WallClock

    /// An invoice as an event carries it.
    struct State {
        let invoice: InvoiceSnapshot
        let sequence: Int64
        let envelope: EventEnvelope
    }

    func callAsFunction(_ states: [State], in tx: borrowing Transaction) throws {
        var latest: [InvoiceID: State] = [:]
        for state in states where (latest[state.invoice.invoiceID]?.sequence ?? -1) < state.sequence {
            latest[state.invoice.invoiceID] = state
        }
        let ordered = latest.values.sorted { $0.invoice.invoiceID < $1.invoice.invoiceID }
        let projected = try PayableStore.project(ordered.map { ($0.invoice, $0.sequence) }, in: tx)
        var plannable: [InvoiceID: EventCause] = [:]
        for change in projected where change.isNew || change.isVoided || change.hasSurplus {
            guard let state = latest[change.invoiceID] else { continue }
            let cause = EventCause(following: state.envelope, clockTime: clock.now())
            if change.isVoided {
                try stopCollecting(change.invoiceID, cause: cause, in: tx)
            } else if change.isNew {
                plannable[change.invoiceID] = cause
            }
            if change.hasSurplus { try settleSurplus([change.invoiceID], cause: cause, in: tx) }
        }
        try planCharges(plannable, in: tx)
    }

    /// Nothing more is collected for a voided invoice; what is at the gateway already becomes surplus if it succeeds.
    private func stopCollecting(_ invoice: InvoiceID, cause: EventCause, in tx: borrowing Transaction) throws
    {
        let attempts = try tx.query(
            "SELECT leased_by FROM payables WHERE invoice_id = $1 AND leased_by IS NOT NULL", [invoice]
        ).column(0, as: AttemptID.self)
        for attempt in attempts { try endAttempt.withdrawn(attempt, reason: "voided", in: tx) }
        let plans = try PlanStore.live(of: [invoice], in: tx)
        try endPlans(plans.map { ($0, "voided") }, cause: cause, in: tx)
    }
}
