import PaymentDomain
import Postgres
import Primitives

/// The statements about one plan that its payer changes.
enum PlanChange {
    /// Where a plan stands.
    struct Stored {
        let state: ChargePlan.State
        let generation: Int64
        let step: Int
        let lastAttempt: AttemptID?
    }

    /// Finds a payer's plan.
    static func find(
        _ plan: ChargePlanID, of account: AccountID, locked: Bool, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            SELECT p.state, p.generation, p.step,
                   (SELECT y.last_attempt_id FROM payments y WHERE y.payment_id = p.payment_id)
              FROM plans p WHERE p.plan_id = $1 AND p.account_id = $2\(locked ? " FOR NO KEY UPDATE" : "")
            """, [plan, account]
        ).first.map {
            Stored(
                state: try $0.get(0), generation: try $0[1], step: try $0[2], lastAttempt: try $0[3])
        }
    }

    /// Keeps what a payer says about a charge, for the sender.
    static func keep(note: String?, of plan: ChargePlanID, in tx: borrowing Transaction) throws {
        guard let note else { return }
        try tx.send("UPDATE plans SET note = $2 WHERE plan_id = $1", [plan, note])
    }
}
