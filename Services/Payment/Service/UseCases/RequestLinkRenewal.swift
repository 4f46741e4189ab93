import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Asks the invoice service for a fresh pay link in place of one that does not work any more.
///
/// It goes by mail to the address on file, so whoever found an old link gains nothing by asking.
struct RequestLinkRenewal: Sendable {
    let outbox: Outbox
    let clock: any WallClock

    static let perDayMaximum = 3
    private static let day = Duration.seconds(86_400)

    /// - Throws: `Problem` 404 for an invoice that is not known, 409 for one that is settled or a link that works, 410
    ///   for a link that was replaced already, 429 when it was asked for often enough today.
    func callAsFunction(
        _ invoice: InvoiceID, generation: Int64, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        let now = clock.now()
        guard let view = try PayableStore.find(invoice, locks: true, in: tx) else { throw Problem.notFound }
        try PaymentRules.checkOpen(view)
        do throws(Problem) {
            try PaymentRules.checkLink(view, generation: generation, now: now)
            throw Problem.conflict("link_valid", "This link can still be used")
        } catch {
            guard ["link_expired", "link_used"].contains(error.code) else { throw error }
        }
        let count = try tx.query(
            "SELECT count(*) FROM pay_link_renewals WHERE invoice_id = $1 AND requested_at > $2",
            [invoice, now - Self.day]
        ).scalar(as: Int.self)
        guard (count ?? 0) < Self.perDayMaximum else {
            throw Problem(
                status: 429, code: "rate_limited", title: "A new link was sent several times today",
                headers: ["Retry-After": "\(Self.day.components.seconds)"])
        }
        let renewalID = LinkRenewalID.new(at: now)
        try tx.send("INSERT INTO pay_link_renewals VALUES ($1, $2, $3)", [renewalID, invoice, now])
        let wish = PayLinkRenewalRequested(
            renewalID: renewalID, invoiceID: invoice, organizationID: view.organizationID,
            generation: generation)
        try outbox.write(
            OutgoingEvent(wish, subject: renewalID, tenant: view.organizationID, sequence: 1, cause: cause),
            in: tx)
    }
}
