import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps which invoices are not collected automatically although a mandate covers them: their charge was skipped,
/// rejected, or has failed for good.
///
/// These events are rare: a charge that goes as planned makes none.
struct ProjectChargePlan: EventHandler {
    typealias Payload = ChargePlanChanged

    var deduplication: Deduplication { .naturalKey("an older or equal sequence changes nothing") }

    func handle(_ batch: [Received<ChargePlanChanged>], in tx: borrowing Transaction) throws {
        var newest: [ChargePlanID: (plan: ChargePlanFacts, sequence: Int64)] = [:]
        for event in batch {
            guard let sequence = event.envelope.sequence else {
                throw HandlingFailure.permanent("a public event has a sequence")
            }
            let plan = event.payload.plan
            if let known = newest[plan.planID], known.sequence >= sequence { continue }
            newest[plan.planID] = (plan, sequence)
        }
        let rows = newest.values.sorted { $0.plan.planID < $1.plan.planID }
        let changed = try tx.query(
            """
            INSERT INTO autopay_exceptions AS x (plan_id, invoice_id, mandate_id, is_exception, sequence)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::bigint[])
            ON CONFLICT (plan_id) DO UPDATE SET is_exception = excluded.is_exception, sequence = excluded.sequence
            WHERE x.sequence < excluded.sequence
            RETURNING invoice_id
            """,
            [
                rows.map(\.plan.planID), rows.map(\.plan.invoiceID), rows.map(\.plan.mandateID),
                rows.map { Self.isException($0.plan) }, rows.map(\.sequence),
            ]
        ).column(0, as: InvoiceID.self)
        try MandateProjection.replan(changed, in: tx)
    }

    /// A plan that ended because the invoice or the mandate has changed is no exception: those are looked at themselves.
    private static func isException(_ plan: ChargePlanFacts) -> Bool {
        switch plan.state {
        case .skipped, .failed: true
        case .cancelled: plan.reason == "rejected"
        case .planned, .waiting, .charging, .collected: false
        }
    }
}
