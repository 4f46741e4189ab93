import Postgres
import Primitives

/// The statements about what the books and the gateway's list do not agree on.
enum DifferenceStore {
    /// In which way.
    enum Difference: String, Sendable, PostgresCodable {
        /// The gateway moved money that is not booked.
        case missingHere = "missing_here"
        /// Money is booked that the gateway knows nothing of.
        case missingThere = "missing_there"
        case amountDiffers = "amount_differs"
    }

    /// A difference that was found.
    struct Found: Sendable {
        let difference: Difference
        let reason: String
        let kind: GatewayMovement.Kind
        let reference: String
        let subject: RawID?
        let currency: String
        let gatewayMinor: Int64?
        let bookedMinor: Int64?

        /// A movement that the books do not have as the gateway tells it.
        init(
            _ difference: Difference, reason: String, _ movement: GatewayMovement, subject: RawID?,
            bookedMinor: Int64? = nil
        ) {
            self.difference = difference
            self.reason = reason
            kind = movement.kind
            reference = movement.reference
            self.subject = subject
            currency = movement.currency
            gatewayMinor = movement.amountMinor
            self.bookedMinor = bookedMinor
        }

        /// Money in the books of which the gateway knows nothing.
        init(missingThere booked: ReconciliationStore.Booked) {
            difference = .missingThere
            reason = "unknown_there"
            kind = booked.kind
            reference = booked.reference
            subject = booked.subject
            currency = booked.amount.currency.code.lowercased()
            gatewayMinor = nil
            bookedMinor = booked.amount.minorUnits
        }
    }

    /// Stores differences; one that is known already stays as it is.
    static func store(
        _ list: [Found], of day: ReconciliationID, now: Instant, in tx: borrowing Transaction
    ) throws {
        guard !list.isEmpty else { return }
        let ids = list.map {
            ReconciliationDifferenceID(.v5(namespace: day.raw, name: "\($0.kind.rawValue)/\($0.reference)"))
        }
        try tx.send(
            """
            INSERT INTO reconciliation_differences (difference_id, reconciliation_id, kind, difference, reason, reference,
                                                    subject_id, currency, gateway_amount, booked_amount, found_at)
            SELECT t.id, $1, t.kind, t.difference, t.reason, t.reference, t.subject, t.currency, t.gateway, t.booked, $2
              FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::text[],
                          $10::bigint[], $11::bigint[])
                AS t (id, kind, difference, reason, reference, subject, currency, gateway, booked)
            ON CONFLICT DO NOTHING
            """,
            [
                day, now, ids, list.map(\.kind.rawValue), list.map(\.difference), list.map(\.reason),
                list.map(\.reference), list.map(\.subject), list.map(\.currency), list.map(\.gatewayMinor),
                list.map(\.bookedMinor),
            ])
    }

    /// Notes which differences are none any more, because what was on its way has been booked meanwhile.
    ///
    /// - Returns: How many are left.
    static func settle(now: Instant, in tx: borrowing Transaction) throws -> Int64 {
        try tx.send(
            """
            UPDATE reconciliation_differences d SET resolved_at = $1
             WHERE d.resolved_at IS NULL AND d.difference = 'missing_here'
               AND (d.kind = 'charge' AND EXISTS (
                        SELECT FROM attempts a WHERE a.attempt_id = d.subject_id AND a.state = 'succeeded'
                           AND a.gateway_reference = d.reference AND a.amount = d.gateway_amount)
                    OR d.kind = 'refund' AND EXISTS (
                        SELECT FROM refunds r WHERE r.refund_id = d.subject_id AND r.state = 'succeeded'
                           AND r.gateway_reference = d.reference AND r.amount = d.gateway_amount))
            """, [now])
        return try tx.query("SELECT count(*) FROM reconciliation_differences WHERE resolved_at IS NULL")
            .scalar(as: Int64.self) ?? 0
    }
}
