import PaymentDomain
import Postgres
import Primitives

/// Reads automatic payments as lists show them.
enum ChargeStore {
    /// Who looks.
    enum Owner: Sendable {
        case payer(AccountID)
        case sender(OrganizationID)

        func sees(_ account: AccountID, _ organization: OrganizationID) -> Bool {
            switch self {
            case .payer(let own): account == own
            case .sender(let own): organization == own
            }
        }

        var column: String {
            switch self {
            case .payer: "account_id"
            case .sender: "organization_id"
            }
        }

        var raw: RawID {
            switch self {
            case .payer(let account): account.raw
            case .sender(let organization): organization.raw
            }
        }
    }

    /// Which charges a list shows.
    struct Filter: Sendable {
        let owner: Owner
        let state: ChargePlan.State?
        let organizationID: OrganizationID?
        /// The first and the last day of charges.
        let from: CivilDate?
        let to: CivilDate?
        let cursor: ChargePlanID?
        let limit: Int
    }

    /// A charge, and how it is shown.
    struct Charge: Sendable {
        let planID: ChargePlanID
        let organizationID: OrganizationID
        let accountID: AccountID
        let json: [UInt8]
    }

    /// A page of charges, the newest first.
    static func list(_ filter: Filter, in tx: borrowing Transaction) throws -> [Charge] {
        try tx.query(
            select + """
                 WHERE p.\(filter.owner.column) = $1
                   AND ($2::uuid IS NULL
                        OR (p.created_at, p.plan_id)
                           < (SELECT c.created_at, c.plan_id FROM plans c WHERE c.plan_id = $2))
                   AND ($4::text IS NULL OR p.state = $4) AND ($5::uuid IS NULL OR p.organization_id = $5)
                   AND ($6::date IS NULL OR p.charge_on >= $6) AND ($7::date IS NULL OR p.charge_on <= $7)
                 ORDER BY p.created_at DESC, p.plan_id DESC LIMIT $3
                """,
            [
                filter.owner.raw, filter.cursor, filter.limit, filter.state?.rawValue, filter.organizationID,
                filter.from, filter.to,
            ]
        ).map { try charge($0) }
    }

    static func find(_ plan: ChargePlanID, in tx: borrowing Transaction) throws -> Charge? {
        try tx.query(select + " WHERE p.plan_id = $1", [plan]).first.map { try charge($0) }
    }

    private static let select = """
        SELECT p.plan_id, p.invoice_id, b.number, p.organization_id, o.name, p.state, p.charge_on, p.step, p.reason,
               b.currency,
               greatest(least(coalesce(b.part_through[p.part], b.total), b.total - b.credited)
                        - greatest(b.collected, coalesce(e.through, 0)), 0),
               y.amount, a.state, a.outcome_code, p.account_id, p.note,
               nullif(p.part, \(ChargePlan.wholeInvoice))
          FROM plans p
          JOIN payables b ON b.invoice_id = p.invoice_id
          -- A part takes everything up to it that no plan of an earlier part is still to take.
          LEFT JOIN LATERAL (
            SELECT max(b.part_through[q.part]) AS through FROM plans q
             WHERE q.invoice_id = p.invoice_id AND q.part < p.part AND q.state IN ('planned', 'waiting', 'charging')
          ) e ON true
          LEFT JOIN organizations o ON o.organization_id = p.organization_id
          LEFT JOIN payments y ON y.payment_id = p.payment_id
          LEFT JOIN attempts a ON a.attempt_id = y.last_attempt_id
        """

    private static func charge(_ row: Row) throws -> Charge {
        let planID: ChargePlanID = try row[0]
        let organizationID: OrganizationID = try row[3]
        let state: ChargePlan.State = try row.get(5)
        let currency: Currency = try row[9]
        let open: Int64 = try row[10]
        let taken: Int64? = try row[11]
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", planID)
        writer.member("invoice_id", try row.get(1, as: InvoiceID.self))
        writer.member("invoice_number", try row.get(2, as: String.self))
        writer.member("organization_id", organizationID)
        writer.member("sender", try row.get(4, as: String?.self))
        writer.member("instalment", try row.get(16, as: Int?.self))
        writer.member("state", state.rawValue)
        writer.member("charge_on", try row.get(6, as: CivilDate.self))
        writer.member("step", try row.get(7, as: Int.self))
        writer.member("reason", try row.get(8, as: String?.self))
        writer.member("note", try row.get(15, as: String?.self))
        writer.member("currency", currency.code.lowercased())
        let minorUnits = state == .collected ? taken ?? 0 : open
        writer.member("amount", decimal: Money(minorUnits: minorUnits, currency: currency))
        writer.member("attempt_state", try row.get(12, as: String?.self))
        writer.member("outcome", try row.get(13, as: String?.self))
        writer.endObject()
        return Charge(
            planID: planID, organizationID: organizationID, accountID: try row[14], json: writer.bytes)
    }
}
