import NotificationDomain
import Postgres
import Primitives

/// A mail whose turn has come, with what is known of sender and reader at this moment.
struct QueuedMail: Sendable {
    let id: MailID
    let kind: MailKind
    let facts: MailFacts
    let sealedLink: String?
    let expiresAt: Instant?
    /// How often a mail server has refused it.
    let refusals: Int
    let organizationID: OrganizationID?
    let invoiceID: InvoiceID?
    let correlationID: RawID
    let causationID: RawID
    let requestedAt: Instant
    let recipient: String?
    let recipientName: String?
    /// Whether the reader is known by now: then a missing address will not turn up later.
    let isRecipientKnown: Bool
    let language: String?
    let sender: Sender?

    /// Who the mail is from.
    struct Sender: Sendable {
        let name: String
        let email: String?
        let address: String?
        let accentColor: String?
    }

    static let columns = """
        m.id, m.kind, m.facts, m.sealed_link, m.expires_at, m.attempts, m.organization_id, m.invoice_id,
        m.correlation_id, m.causation_id, m.requested_at,
        coalesce(m.recipient, CASE m.kind WHEN 'payment_failed' THEN a.email END, c.email, a.email),
        coalesce(m.recipient_name, c.name, a.name),
        m.recipient IS NOT NULL OR c.customer_id IS NOT NULL OR a.account_id IS NOT NULL,
        coalesce(m.language, c.language, a.language, o.language),
        o.name, o.email, o.address, o.accent_color, i.number
        """

    /// Where the columns come from, given the claimed rows as `m`.
    static let tables = """
        m LEFT JOIN organizations o ON o.organization_id = m.organization_id
        LEFT JOIN customers c ON c.customer_id = m.customer_id
        LEFT JOIN accounts a ON a.account_id = m.account_id
        LEFT JOIN invoices i ON i.invoice_id = m.invoice_id
        """

    init(_ row: Row) throws {
        let kindText: String = try row[1]
        guard let kind = MailKind(rawValue: kindText) else {
            throw PostgresError(code: .decoding, message: "an unknown kind of mail: \(kindText)")
        }
        id = try row[0]
        self.kind = kind
        var facts = try JSON.decode(MailFacts.self, from: try row[2] as [UInt8])
        sealedLink = try row[3]
        expiresAt = try row[4]
        refusals = Int(try row[5] as Int32)
        organizationID = try row[6]
        invoiceID = try row[7]
        correlationID = try row[8]
        causationID = try row[9]
        requestedAt = try row[10]
        recipient = try row[11]
        recipientName = try row[12]
        isRecipientKnown = try row[13]
        language = try row[14]
        let name: String? = try row[15]
        let (email, address, accentColor): (String?, String?, String?) = (
            try row[16], try row[17], try row[18]
        )
        sender = name.map { Sender(name: $0, email: email, address: address, accentColor: accentColor) }
        if facts.number == nil { facts.number = try row[19] }
        self.facts = facts
    }
}
