import EventContracts
import NotificationDomain
import Postgres
import Primitives

/// A mail that is to be sent.
struct MailRequest: Sendable {
    let id: MailID
    /// What it is sent for; there is one mail for each cause.
    let cause: String
    let kind: MailKind
    var organizationID: OrganizationID?
    var customerID: CustomerID?
    var accountID: AccountID?
    var invoiceID: InvoiceID?
    /// The address, where the request names it; otherwise it is looked up when the mail is sent.
    var recipient: String?
    var recipientName: String?
    var language: String?
    let facts: MailFacts
    var sealedLink: String?
    var expiresAt: Instant?
    /// The event that asks for it.
    let envelope: EventEnvelope
    let requestedAt: Instant

    /// Queues mails; a cause that was there before changes nothing.
    static func insert(_ mails: [MailRequest], in tx: borrowing Transaction) throws {
        guard !mails.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO mails (id, cause, kind, organization_id, customer_id, account_id, invoice_id, recipient,
                recipient_name, language, facts, sealed_link, expires_at, next_attempt_at, requested_at,
                correlation_id, causation_id)
            SELECT id, cause, kind, organization_id, customer_id, account_id, invoice_id, recipient, recipient_name,
                language, facts, sealed_link, expires_at, requested_at, requested_at, correlation_id, causation_id
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[],
                $9::text[], $10::text[], $11::bytea[], $12::text[], $13::timestamptz[], $14::timestamptz[],
                $15::uuid[], $16::uuid[])
                AS t (id, cause, kind, organization_id, customer_id, account_id, invoice_id, recipient, recipient_name,
                    language, facts, sealed_link, expires_at, requested_at, correlation_id, causation_id)
            ON CONFLICT (cause) DO NOTHING
            """,
            [
                mails.map(\.id), mails.map(\.cause), mails.map(\.kind.rawValue), mails.map(\.organizationID),
                mails.map(\.customerID), mails.map(\.accountID), mails.map(\.invoiceID),
                mails.map(\.recipient),
                mails.map(\.recipientName), mails.map(\.language),
                try mails.map { try JSON.encode($0.facts) },
                mails.map(\.sealedLink), mails.map(\.expiresAt), mails.map(\.requestedAt),
                mails.map(\.envelope.correlationID), mails.map(\.envelope.id),
            ])
    }
}
