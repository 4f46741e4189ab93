import InvoiceDomain
import Postgres
import Primitives

/// Something that happened to an invoice: an action, a payment, a refund, a mail that arrived.
struct AuditEntry: Sendable {
    /// How an invoice stood after an action.
    struct Standing: Sendable, Hashable {
        let state: String
        let debt: String
        let currency: Currency
        let total: Int64
        let dueDate: CivilDate
        let customerID: CustomerID
        let number: String?
    }

    /// Where it stands among the others.
    struct Position: Sendable, Hashable {
        let at: Instant
        /// Counts the actions of one moment.
        let rank: Int64
        let id: RawID

        var text: String { "\(at.microseconds).\(rank).\(id)" }

        init(at: Instant, rank: Int64, id: RawID) {
            self.at = at
            self.rank = rank
            self.id = id
        }

        /// Reads what `text` wrote.
        init?(_ text: String) {
            let parts = text.split(separator: "." as Character, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 3, let at = Int64(parts[0]), let rank = Int64(parts[1]),
                let id = RawID(uuidString: parts[2])
            else { return nil }
            self.init(at: Instant(microseconds: at), rank: rank, id: id)
        }
    }

    let position: Position
    let action: String
    let actor: AuditTrail.Actor
    /// After the action, and after the one before it; nil where no action changed anything.
    let standing: Standing?
    let before: Standing?
    /// What came or went, with the invoice's currency.
    let money: Money?
    let method: String?
    let paymentID: PaymentID?
    let mailID: MailID?

    /// A page of what happened to an invoice, newest first.
    static func page(
        of invoiceID: InvoiceID, _ organizationID: OrganizationID, before position: Position?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [AuditEntry] {
        try tx.query(
            sql, [invoiceID, organizationID, position?.at, position?.rank, position?.id, limit]
        ).map { row in try AuditEntry(row) }
    }

    private static let sql = """
        WITH actions AS (
            SELECT at, number AS rank, id, action, actor_kind, actor_id,
                state, debt, currency, total, due_date, customer_id, invoice_number,
                lag(state) OVER w AS state_before, lag(debt) OVER w AS debt_before,
                lag(currency) OVER w AS currency_before, lag(total) OVER w AS total_before,
                lag(due_date) OVER w AS due_before, lag(customer_id) OVER w AS customer_before,
                lag(invoice_number) OVER w AS number_before
            FROM audit_entries WHERE invoice_id = $1 AND organization_id = $2 WINDOW w AS (ORDER BY number)
        ), happened AS (
            SELECT a.*, NULL::bigint AS amount, NULL::text AS money_currency, NULL::text AS method,
                NULL::uuid AS payment_id, NULL::uuid AS mail_id FROM actions a
            UNION ALL
            SELECT r.succeeded_at, 0, r.payment_id, 'payment_received', 'service', NULL, NULL, NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, r.amount, i.currency, r.method, r.payment_id, NULL
            FROM receipts r JOIN invoices i ON i.id = r.invoice_id WHERE r.invoice_id = $1 AND i.organization_id = $2
            UNION ALL
            SELECT f.succeeded_at, 0, f.refund_id, 'refunded', 'service', NULL, NULL, NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, f.amount, i.currency, NULL, f.payment_id, NULL
            FROM refunds f JOIN invoices i ON i.id = f.invoice_id WHERE f.invoice_id = $1 AND i.organization_id = $2
            UNION ALL
            SELECT m.delivered_at, 0, m.mail_id, 'mail_delivered', 'service', NULL, NULL, NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, m.kind, NULL, m.mail_id
            FROM invoice_mails m JOIN invoices i ON i.id = m.invoice_id
            WHERE m.invoice_id = $1 AND i.organization_id = $2 AND m.delivered_at IS NOT NULL
        )
        SELECT * FROM happened WHERE $3::timestamptz IS NULL OR (at, rank, id) < ($3, $4, $5)
        ORDER BY at DESC, rank DESC, id DESC LIMIT $6
        """

    private init(_ row: Row) throws {
        position = Position(at: try row[0], rank: try row[1], id: try row[2])
        action = try row[3]
        guard let actor = AuditTrail.Actor(kind: try row[4], id: try row[5]) else {
            throw PostgresError(code: .decoding, message: "not an actor of this release")
        }
        self.actor = actor
        standing = try Self.standing(row, at: 6)
        before = try Self.standing(row, at: 13)
        if let amount = try row.get(20, as: Int64?.self), let currency = try row.get(21, as: Currency?.self) {
            money = Money(minorUnits: amount, currency: currency)
        } else {
            money = nil
        }
        method = try row[22]
        paymentID = try row[23]
        mailID = try row[24]
    }

    /// A draft that was deleted stands nowhere.
    private static func standing(_ row: Row, at first: Int) throws(PostgresError) -> Standing? {
        guard let state = try row.get(first, as: String?.self) else { return nil }
        return Standing(
            state: state, debt: try row[first + 1], currency: try row[first + 2], total: try row[first + 3],
            dueDate: try row[first + 4], customerID: try row[first + 5], number: try row[first + 6])
    }
}
