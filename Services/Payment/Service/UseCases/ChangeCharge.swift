import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// A payer decides about one coming charge: it is not made, or made now.
struct ChangeCharge: Sendable {
    /// What the payer wants.
    enum Wish: Sendable {
        /// It is not made; the invoice is paid in another way.
        case skip
        /// It is not made, and the sender is told that the payer objects, with what the payer says.
        case reject(note: String?)
        /// It does not wait for its day.
        case payNow
    }

    let clock: any WallClock
    let admit: AdmitDues
    let endPlans: EndPlans
    let endAttempt: EndAttempt

    /// Does it.
    ///
    /// - Parameters:
    ///   - wish: What the payer wants.
    ///   - plan: The charge.
    ///   - account: Whose it must be.
    ///   - tx: The transaction.
    /// - Throws: `Problem` 409 when the charge is under way or over.
    func callAsFunction(
        _ wish: Wish, _ plan: ChargePlanID, of account: AccountID, in tx: borrowing Transaction
    ) throws {
        // The attempt is locked before its plan, as everywhere; whether it is still the plan's shows afterwards.
        let attempt = try PlanChange.find(plan, of: account, locked: false, in: tx)?.lastAttempt
        let record = try attempt.flatMap { try AttemptRecord.lock($0, in: tx) }
        guard let stored = try PlanChange.find(plan, of: account, locked: true, in: tx) else {
            throw Problem.notFound
        }
        guard stored.lastAttempt == attempt else {
            throw Problem.unavailable("The charge changed at this moment.")
        }
        guard stored.state.isLive else {
            throw Problem.conflict("charge_over", "This charge is \(stored.state.rawValue)")
        }
        if stored.state == .charging, let record, !record.state.isReplaceable {
            throw Problem.conflict(
                "charge_under_way", "The card is being charged at this moment",
                "The attempt \(record.attemptID) was sent and goes on.")
        }
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        switch wish {
        case .skip: try end(plan, stored, record, "skipped", as: .skipped, cause: cause, in: tx)
        case .reject(let note):
            try PlanChange.keep(note: note, of: plan, in: tx)
            try end(plan, stored, record, "rejected", as: .cancelled, cause: cause, in: tx)
        case .payNow:
            guard stored.state != .charging else { return }
            try admit(
                [.init(planID: plan, generation: stored.generation, step: stored.step, cause: cause)], in: tx)
        }
    }

    private func end(
        _ plan: ChargePlanID, _ stored: PlanChange.Stored, _ record: AttemptRecord?, _ reason: String,
        as state: ChargePlan.State, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        if stored.state == .charging, let record {
            try endAttempt.withdrawn(record.attemptID, reason: reason, planAs: state, in: tx)
        } else {
            try endPlans([(plan, reason)], as: state, cause: cause, in: tx)
        }
    }
}
