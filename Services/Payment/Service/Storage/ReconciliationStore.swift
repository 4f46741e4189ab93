import PaymentDomain
import Postgres
import Primitives

/// The statements by which a day of the gateway's list is held against the books.
enum ReconciliationStore {
    /// What of a day is being done.
    enum Stage: String, Sendable, PostgresCodable {
        case charges
        case refunds
        /// What is booked here is looked for there.
        case books
    }

    /// A day that is worked on, under a lease.
    struct Taken: Sendable {
        let id: ReconciliationID
        let day: CivilDate
        let stage: Stage
        let cursor: String?
        let token: RawID

        /// The day, in UTC.
        var span: Range<Instant> {
            Zone.utc.startOfDay(day)..<Zone.utc.startOfDay(day.adding(days: 1))
        }
    }

    /// Somebody else has gone on with the day.
    struct LeaseLost: Error {}

    /// Begins the day after the last one, when it has ended; the first of all is the one that ended last.
    static func begin(
        account: String, lastEnded: CivilDate, now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            INSERT INTO reconciliations (reconciliation_id, gateway_account, day, next_at, started_at)
            SELECT $1, $2, d.day, $4, $4
              FROM (SELECT coalesce(max(day) + 1, $3) AS day FROM reconciliations WHERE gateway_account = $2) d
             WHERE d.day <= $3
               AND NOT EXISTS (SELECT FROM reconciliations WHERE gateway_account = $2 AND stage <> 'done')
            ON CONFLICT DO NOTHING
            """, [ReconciliationID.new(at: now), account, lastEnded, now])
    }

    /// Takes the day that nobody works on.
    static func take(
        account: String, now: Instant, until: Instant, in tx: borrowing Transaction
    ) throws -> Taken? {
        let token = RawID.random()
        return try tx.query(
            """
            UPDATE reconciliations SET lease_token = $3, next_at = $4
             WHERE reconciliation_id = (
                SELECT reconciliation_id FROM reconciliations
                 WHERE gateway_account = $1 AND stage <> 'done' AND next_at <= $2 LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING reconciliation_id, day, stage, cursor
            """, [account, now, token, until]
        ).first.map {
            Taken(id: try $0[0], day: try $0[1], stage: try $0.get(2), cursor: try $0[3], token: token)
        }
    }

    /// Stores how far the day has come and gives it free.
    ///
    /// - Throws: `LeaseLost` when it has been taken by somebody else; nothing of the transaction may stay then.
    static func advance(
        _ taken: Taken, to stage: Stage, cursor: String?, now: Instant, in tx: borrowing Transaction
    ) throws {
        let count = try tx.execute(
            """
            UPDATE reconciliations SET stage = $3, cursor = $4, lease_token = NULL, next_at = $5
             WHERE reconciliation_id = $1 AND lease_token = $2
            """, [taken.id, taken.token, stage, cursor, now])
        guard count == 1 else { throw LeaseLost() }
    }

    /// Keeps what the gateway listed or answered.
    static func keep(
        _ movements: [GatewayMovement], of taken: Taken, isOfDay: Bool, in tx: borrowing Transaction
    ) throws {
        guard !movements.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO reconciliation_items (reconciliation_id, kind, reference, currency, amount, is_of_day)
            SELECT $1, t.*, $6 FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) AS t
            ON CONFLICT DO NOTHING
            """,
            [
                taken.id, movements.map(\.kind.rawValue), movements.map(\.reference),
                movements.map(\.currency), movements.map(\.amountMinor), isOfDay,
            ])
    }

    /// What the refunds of a list are here, by their ids.
    static func refunds(
        _ ids: [RefundID], in tx: borrowing Transaction
    ) throws -> [RefundID: (state: String, amount: Money)] {
        let rows = try tx.query(
            """
            SELECT refund_id, state, amount, currency FROM refunds WHERE refund_id = ANY ($1) AND destination = 'card'
            """, [ids])
        var found: [RefundID: (state: String, amount: Money)] = [:]
        for row in rows {
            found[try row[0]] = (try row[1], Money(minorUnits: try row[2], currency: try row[3]))
        }
        return found
    }

    /// Something that is booked.
    struct Booked: Sendable {
        let kind: GatewayMovement.Kind
        let reference: String
        let subject: RawID
        let amount: Money
    }

    /// What the books say of a day, as rows of kind, reference, subject, amount and currency; `$1` and `$2` bound it.
    private static let books = """
        SELECT 'charge' AS kind, a.gateway_reference AS reference, a.attempt_id AS subject, t.amount, t.currency
          FROM ledger_transfers t JOIN attempts a ON a.payment_id = t.transfer_id AND a.state = 'succeeded'
         WHERE t.booked_at >= $1 AND t.booked_at < $2 AND t.debit = 'gateway' AND t.credit = 'sender'
        UNION ALL
        SELECT 'refund', r.gateway_reference, r.refund_id, t.amount, t.currency
          FROM ledger_transfers t JOIN refunds r ON r.refund_id = t.transfer_id
         WHERE t.booked_at >= $1 AND t.booked_at < $2 AND t.debit = 'sender' AND t.credit = 'gateway'
        """

    /// What is booked on the day and was not in the gateway's list of it.
    static func unlisted(
        _ taken: Taken, limit: Int, in tx: borrowing Transaction
    ) throws -> [Booked] {
        try tx.query(
            """
            SELECT b.kind, b.reference, b.subject, b.amount, b.currency FROM (\(books)) b
             WHERE NOT EXISTS (SELECT FROM reconciliation_items i
                                WHERE i.reconciliation_id = $3 AND i.kind = b.kind AND i.reference = b.reference)
               AND NOT EXISTS (SELECT FROM reconciliation_differences d
                                WHERE d.reconciliation_id = $3 AND d.kind = b.kind AND d.reference = b.reference)
             LIMIT $4
            """, [taken.span.lowerBound, taken.span.upperBound, taken.id, limit]
        ).map { row in
            Booked(
                kind: try row.get(0, as: String.self) == "refund" ? .refund : .charge,
                reference: try row[1], subject: try row[2],
                amount: Money(minorUnits: try row[3], currency: try row[4]))
        }
    }

    /// Adds up both sides, forgets the list and ends the day.
    static func finish(_ taken: Taken, now: Instant, in tx: borrowing Transaction) throws {
        let count = try tx.execute(
            """
            WITH g AS (
                SELECT kind, currency, count(*) AS number, sum(amount) AS amount FROM reconciliation_items
                 WHERE reconciliation_id = $3 AND is_of_day GROUP BY kind, currency),
            o AS (
                SELECT kind, lower(currency) AS currency, count(*) AS number, sum(amount) AS amount FROM (\(books)) b
                 GROUP BY kind, lower(currency)),
            t AS (
                INSERT INTO reconciliation_totals
                SELECT $3, kind, currency, coalesce(g.number, 0), coalesce(g.amount, 0), coalesce(o.number, 0),
                       coalesce(o.amount, 0)
                  FROM g FULL JOIN o USING (kind, currency)),
            i AS (DELETE FROM reconciliation_items WHERE reconciliation_id = $3)
            UPDATE reconciliations SET stage = 'done', cursor = NULL, lease_token = NULL, finished_at = $5
             WHERE reconciliation_id = $3 AND lease_token = $4
            """, [taken.span.lowerBound, taken.span.upperBound, taken.id, taken.token, now])
        guard count == 1 else { throw LeaseLost() }
    }
}
