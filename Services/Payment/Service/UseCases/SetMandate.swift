import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// A payer lets a sender charge a card for some or all invoices, changes the terms, rests it, or takes it back.
struct SetMandate: Sendable {
    /// A mandate after a change.
    struct Result: Sendable {
        let stored: MandateStore.Stored
        /// Charges that had been sent before the permission was taken back, and go on.
        let underWay: [InvoiceID]
    }

    let outbox: Outbox
    let clock: any WallClock
    let replan: ReplanCharges
    let tryNewCard: TryNewCard

    static let senderNotFound = Problem(
        status: 404, code: "sender_not_found", title: "This sender does not bill you",
        headers: ["Retry-After": "1"])

    /// Gives or changes the permission.
    ///
    /// Returns the mandate.
    /// Throws `Problem` for a sender that does not bill this payer, or a card that is not theirs.
    func enable(_ wanted: MandateStore.Wanted, in tx: borrowing Transaction) throws -> Result {
        let now = clock.now()
        guard try MandateStore.lockCustomers(of: wanted.accountID, at: wanted.organizationID, in: tx)
        else { throw Self.senderNotFound }
        let card = wanted.terms.paymentMethodID
        guard try PaymentMethodStore.keep(card, of: wanted.accountID, in: tx) != nil else {
            throw InvalidFields(
                field: "payment_method_id", code: "unknown_value", message: "There is no such card.")
        }
        let before = try MandateStore.find(
            of: wanted.accountID, covering: wanted.scopeID, in: tx)
        guard let stored = try MandateStore.put(wanted, now: now, in: tx) else { throw Problem.notFound }
        try follow(stored, at: now, in: tx)
        if let before, before.paymentMethodID != card {
            try tryNewCard(
                card, of: wanted.accountID, under: stored.mandate.id,
                cause: EventCause(traceparent: nil, clockTime: now), in: tx)
        }
        return Result(stored: stored, underWay: [])
    }

    /// Changes whether the permission holds: nothing more is sent while it does not; what was sent goes on, and the
    /// payer is told so.
    ///
    /// - Parameters:
    ///   - status: What it is to be.
    ///   - tx: The transaction.
    ///   - find: Finds it.
    /// - Returns: The mandate.
    /// - Throws: `Problem` when there is none, or the change means nothing.
    func change(
        to status: Mandate.Status, in tx: borrowing Transaction,
        find: (borrowing Transaction) throws -> MandateStore.Stored?
    ) throws -> Result {
        guard var stored = try find(tx) else { throw Problem.notFound }
        // One mandate of a payer at a sender changes after the other.
        _ = try MandateStore.lockCustomers(of: stored.accountID, at: stored.organizationID, in: tx)
        if status != .revoked, stored.mandate.status != .active, stored.mandate.status != .paused {
            throw Problem.conflict("mandate_not_active", "This permission has to be given anew")
        }
        if status == .active, stored.mandate.payWith != .wallet,
            try PaymentMethodStore.keep(stored.paymentMethodID, of: stored.accountID, in: tx) == nil
        {
            throw Problem.conflict("card_removed", "The card of this permission was removed")
        }
        let now = clock.now()
        if let changed = try MandateStore.setStatus(status, of: stored.mandate.id, now: now, in: tx) {
            stored = changed
            try follow(stored, at: now, in: tx)
        }
        return Result(stored: stored, underWay: try underWay(stored.mandate.id, in: tx))
    }

    /// Takes back all that a payer has allowed, because the payer is forgotten.
    func revokeAll(of account: AccountID, in tx: borrowing Transaction) throws {
        try MandateStore.lockCustomers(of: account, in: tx)
        let now = clock.now()
        for stored in try MandateStore.list(of: account, in: tx) {
            let changed = try MandateStore.setStatus(.revoked, of: stored.mandate.id, now: now, in: tx)
            if let changed { try follow(changed, .accountErased, at: now, in: tx) }
        }
    }

    private func follow(
        _ stored: MandateStore.Stored, _ reason: MandateChangeReason? = nil, at now: Instant,
        in tx: borrowing Transaction
    ) throws {
        let cause = EventCause(traceparent: nil, clockTime: now)
        try outbox.write(stored.changedEvent(reason: reason, cause: cause), in: tx)
        try replan(MandateStore.openInvoices(of: stored, in: tx), cause: cause, in: tx)
    }

    private func underWay(_ mandate: MandateID, in tx: borrowing Transaction) throws -> [InvoiceID] {
        try tx.query(
            """
            SELECT p.invoice_id FROM plans p JOIN payments y ON y.payment_id = p.payment_id
              JOIN attempts a ON a.attempt_id = y.last_attempt_id
             WHERE p.mandate_id = $1 AND p.state = 'charging'
               AND a.state IN ('in_flight', 'unknown', 'requires_action', 'needs_review')
             ORDER BY p.invoice_id
            """, [mandate]
        ).column(0)
    }
}
