import NotificationDomain
import Postgres
import Primitives

/// Something that a sender's members, or one client, are shown.
struct Notice: Sendable {
    let id: NoticeID
    let eventID: RawID
    /// The sender it is about; nil for what concerns none.
    let organizationID: OrganizationID?
    /// The client it is for; nil for the members of the organization.
    let accountID: AccountID?
    let kind: NoticeKind
    let invoiceID: InvoiceID?
    let invoiceNumber: String?
    let currency: Currency?
    let amountMinor: Int64?
    let date: CivilDate?
    let detail: String?
    let createdAt: Instant

    /// Writes notices; an event makes one for each audience, however often it comes.
    static func insert(_ notices: [Notice], in tx: borrowing Transaction) throws {
        guard !notices.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO notices (id, event_id, organization_id, account_id, kind, invoice_id, invoice_number, currency,
                amount_minor, on_date, detail, created_at)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[],
                $8::text[], $9::bigint[], $10::date[], $11::text[], $12::timestamptz[])
            ON CONFLICT (event_id, account_id) DO NOTHING
            """,
            [
                notices.map(\.id), notices.map(\.eventID), notices.map(\.organizationID),
                notices.map(\.accountID), notices.map(\.kind.rawValue), notices.map(\.invoiceID),
                notices.map(\.invoiceNumber), notices.map { $0.currency?.code }, notices.map(\.amountMinor),
                notices.map(\.date), notices.map(\.detail), notices.map(\.createdAt),
            ])
    }
}
