import Postgres
import Primitives

/// A reconciled day as lists show it.
struct ListedReconciliation: Sendable {
    let id: ReconciliationID
    private let gatewayAccount: String
    private let day: CivilDate
    private let stage: String
    private let startedAt: Instant
    private let finishedAt: Instant?
    private let differenceCount: Int64
    private let openCount: Int64
    private var totals: [Total] = []

    /// What both sides came to.
    private struct Total: Sendable {
        let kind: String
        let currency: String
        let listed: (count: Int64, minor: Int64)
        let booked: (count: Int64, minor: Int64)
    }

    private init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        gatewayAccount = try row[1]
        day = try row[2]
        stage = try row[3]
        startedAt = try row[4]
        finishedAt = try row[5]
        differenceCount = try row[6]
        openCount = try row[7]
    }

    /// The newest day first.
    static func list(
        after cursor: ReconciliationID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [ListedReconciliation] {
        var days = try tx.query(
            """
            SELECT r.reconciliation_id, r.gateway_account, r.day, r.stage, r.started_at, r.finished_at, d.number, d.open
              FROM reconciliations r
              CROSS JOIN LATERAL (
                SELECT count(*) AS number, count(*) FILTER (WHERE resolved_at IS NULL) AS open
                  FROM reconciliation_differences d WHERE d.reconciliation_id = r.reconciliation_id) d
             WHERE $1::uuid IS NULL
                OR (r.day, r.reconciliation_id) < (SELECT c.day, c.reconciliation_id FROM reconciliations c
                                                    WHERE c.reconciliation_id = $1)
             ORDER BY r.day DESC, r.reconciliation_id DESC LIMIT $2
            """, [cursor, limit]
        ).map { try ListedReconciliation($0) }
        let rows = try tx.query(
            """
            SELECT reconciliation_id, kind, currency, gateway_count, gateway_amount, booked_count, booked_amount
              FROM reconciliation_totals WHERE reconciliation_id = ANY ($1) ORDER BY kind, currency
            """, [days.map(\.id)])
        var totals: [ReconciliationID: [Total]] = [:]
        for row in rows {
            totals[try row[0], default: []].append(
                Total(
                    kind: try row[1], currency: try row[2], listed: (try row[3], try row[4]),
                    booked: (try row[5], try row[6])))
        }
        for index in days.indices { days[index].totals = totals[days[index].id] ?? [] }
        return days
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("gateway_account", gatewayAccount)
        writer.member("day", day)
        writer.member("state", stage == "done" ? "done" : "running")
        writer.member("difference_count", differenceCount)
        writer.member("open_difference_count", openCount)
        writer.key("totals")
        writer.beginArray()
        for total in totals {
            writer.beginObject()
            writer.member("kind", total.kind)
            writer.member("currency", total.currency)
            writer.member("gateway_count", total.listed.count)
            writer.member("gateway_amount", minor: total.listed.minor, of: total.currency)
            writer.member("booked_count", total.booked.count)
            writer.member("booked_amount", minor: total.booked.minor, of: total.currency)
            writer.endObject()
        }
        writer.endArray()
        writer.member("started_at", startedAt)
        writer.member("finished_at", finishedAt)
        writer.endObject()
    }
}

/// A difference as lists show it.
struct ListedDifference: Sendable {
    let id: ReconciliationDifferenceID
    private let kind: String
    private let difference: String
    private let reason: String
    private let reference: String
    private let subject: RawID?
    private let currency: String
    private let gatewayMinor: Int64?
    private let bookedMinor: Int64?
    private let foundAt: Instant
    private let resolvedAt: Instant?

    private init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        kind = try row[1]
        difference = try row[2]
        reason = try row[3]
        reference = try row[4]
        subject = try row[5]
        currency = try row[6]
        gatewayMinor = try row[7]
        bookedMinor = try row[8]
        foundAt = try row[9]
        resolvedAt = try row[10]
    }

    /// The differences of a day; nil for a day that has not been looked at.
    static func list(
        of day: CivilDate, after cursor: ReconciliationDifferenceID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [ListedDifference]? {
        guard try !tx.query("SELECT 1 FROM reconciliations WHERE day = $1 LIMIT 1", [day]).isEmpty else {
            return nil
        }
        return try tx.query(
            """
            SELECT d.difference_id, d.kind, d.difference, d.reason, d.reference, d.subject_id, d.currency,
                   d.gateway_amount, d.booked_amount, d.found_at, d.resolved_at
              FROM reconciliation_differences d JOIN reconciliations r USING (reconciliation_id)
             WHERE r.day = $1
               AND ($2::uuid IS NULL
                    OR (d.found_at, d.difference_id) < (SELECT c.found_at, c.difference_id
                                                          FROM reconciliation_differences c WHERE c.difference_id = $2))
             ORDER BY d.found_at DESC, d.difference_id DESC LIMIT $3
            """, [day, cursor, limit]
        ).map { try ListedDifference($0) }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("kind", kind)
        writer.member("difference", difference)
        writer.member("reason", reason)
        writer.member("gateway_reference", reference)
        if let subject {
            if kind == "charge" {
                writer.member("attempt_id", AttemptID(subject))
            } else {
                writer.member("refund_id", RefundID(subject))
            }
        }
        writer.member("currency", currency)
        writer.member("gateway_amount", minor: gatewayMinor, of: currency)
        writer.member("booked_amount", minor: bookedMinor, of: currency)
        writer.member("found_at", foundAt)
        writer.member("resolved_at", resolvedAt)
        writer.endObject()
    }
}

extension JSONWriter {
    /// An amount in a currency that the gateway names.
    fileprivate mutating func member(_ name: String, minor: Int64?, of code: String) {
        guard let minor, let currency = Currency(code: code.uppercased()) else { return }
        member(name, decimal: Money(minorUnits: minor, currency: currency))
    }
}
