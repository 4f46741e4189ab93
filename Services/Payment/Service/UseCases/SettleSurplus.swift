import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Turns money beyond what is owed into refunds of the cards it came from, and into credit where it came by hand.
///
/// Voids, credit notes, overpayments, duplicates and late captures all end here: there is one rule, the payable's
/// surplus, applied under its row lock.
struct SettleSurplus: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let moveWallet: MoveWallet
    let moveCredit: MoveCredit
    /// Wakes the worker that sends refunds.
    let onRefund: @Sendable () -> Void

    private struct Source {
        let paymentID: PaymentID
        let customerID: CustomerID
        let organizationID: OrganizationID
        let availableMinor: Int64
        /// The gateway's name of the payment; nil when it came by hand.
        let reference: String?
    }

    func callAsFunction(_ invoices: [InvoiceID], cause: EventCause, in tx: borrowing Transaction) throws {
        for invoice in invoices.sorted() { try settle(invoice, cause: cause, in: tx) }
    }

    private func settle(_ invoice: InvoiceID, cause: EventCause, in tx: borrowing Transaction) throws {
        guard
            let row = try tx.query(
                """
                SELECT currency, total, credited, status = 'voided', collected, refunded, moved_to_credit, to_credit,
                       wallet_id, spent
                  FROM payables WHERE invoice_id = $1 FOR NO KEY UPDATE
                """, [invoice]
            ).first
        else { return }
        let payable = Payable(
            invoiceID: invoice, currency: try row[0], totalMinor: try row[1], creditedMinor: try row[2],
            isVoided: try row[3], collectedMinor: try row[4], refundedMinor: try row[5],
            movedToCreditMinor: try row[6])
        var rest = payable.surplusMinor - (try pendingRefundsMinor(of: invoice, in: tx))
        if rest > 0, let wallet = try row.get(8, as: WalletID?.self) {
            rest = try unspent(
                rest - (try row.get(9, as: Int64.self)), of: wallet, invoice: invoice, cause: cause, in: tx)
        }
        guard rest > 0 else { return }
        // What a credit note said is to become credit comes first; the rest goes back the way it came.
        var toCredit = max(0, try row.get(7, as: Int64.self) - payable.movedToCreditMinor)
        for source in try sources(of: invoice, in: tx) where rest > 0 {
            let amount = min(rest, source.availableMinor)
            let credited = source.reference == nil ? amount : min(amount, toCredit)
            rest -= amount
            toCredit -= min(credited, toCredit)
            for (part, becomesCredit) in [(credited, true), (amount - credited, false)] where part > 0 {
                try give(
                    Money(minorUnits: part, currency: payable.currency), from: source,
                    becomesCredit: becomesCredit, invoice: invoice, cause: cause, in: tx)
            }
        }
    }

    /// What of the surplus of a top-up the wallet still has; what was spent stays spent, whatever is put in later.
    private func unspent(
        _ surplusMinor: Int64, of wallet: WalletID, invoice: InvoiceID, cause: EventCause,
        in tx: borrowing Transaction
    ) throws -> Int64 {
        guard surplusMinor > 0 else { return 0 }
        let taken = try moveWallet.takeBack(
            surplusMinor, of: wallet, for: invoice, cause: cause, in: tx)
        if taken < surplusMinor {
            try tx.send(
                "UPDATE payables SET spent = spent + $2 WHERE invoice_id = $1",
                [invoice, surplusMinor - taken])
        }
        return taken
    }

    private func pendingRefundsMinor(of invoice: InvoiceID, in tx: borrowing Transaction) throws -> Int64 {
        try tx.query(
            """
            SELECT coalesce(sum(amount), 0)::bigint FROM refunds
             WHERE payment_id IN (SELECT payment_id FROM allocations WHERE invoice_id = $1) AND invoice_id = $1
               AND state IN ('ready', 'in_flight', 'needs_review')
            """, [invoice]
        ).scalar() ?? 0
    }

    /// The payments of an invoice that still have something to give back, the newest first, and locked.
    private func sources(of invoice: InvoiceID, in tx: borrowing Transaction) throws -> [Source] {
        try tx.query(
            """
            SELECT y.payment_id, b.customer_id, y.organization_id, least(c.amount, y.amount - y.refunded), a.gateway_reference
              FROM allocations c
              JOIN payments y ON y.payment_id = c.payment_id
              JOIN payables b ON b.invoice_id = c.invoice_id
              LEFT JOIN attempts a ON a.payment_id = y.payment_id AND a.state = 'succeeded'
             WHERE c.invoice_id = $1 AND y.state = 'succeeded'
             ORDER BY y.settled_at DESC, y.payment_id FOR NO KEY UPDATE OF y
            """, [invoice]
        ).map {
            Source(
                paymentID: try $0[0], customerID: try $0[1], organizationID: try $0[2],
                availableMinor: try $0[3], reference: try $0[4])
        }
    }

    private func give(
        _ amount: Money, from source: Source, becomesCredit: Bool, invoice: InvoiceID, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        let now = clock.now()
        let sequence = try tx.query(
            """
            UPDATE payments SET refunded = refunded + $2, sequence = sequence + 1 WHERE payment_id = $1 RETURNING sequence
            """, [source.paymentID, amount.minorUnits]
        ).scalar(as: Int64.self)
        if !becomesCredit, let reference = source.reference {
            try tx.send(
                """
                INSERT INTO refunds (refund_id, organization_id, payment_id, invoice_id, currency, amount, reason, state,
                                     gateway_payment, next_at, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, 'surplus', 'ready', $7, $8, $8)
                """,
                [
                    RefundID.new(at: now), source.organizationID, source.paymentID, invoice,
                    amount.currency.code,
                    amount.minorUnits, reference, now,
                ])
            tx.afterCommit(onRefund)
        } else {
            try tx.send(
                "UPDATE payables SET moved_to_credit = moved_to_credit + $2 WHERE invoice_id = $1",
                [invoice, amount.minorUnits])
            try moveCredit.add(
                amount, to: source.customerID, at: source.organizationID, .surplus, invoice: invoice,
                cause: cause, in: tx)
        }
        let surplus = PaymentSurplus(
            invoiceID: invoice, organizationID: source.organizationID, paymentID: source.paymentID,
            currency: amount.currency, amountMinor: amount.minorUnits,
            becomes: becomesCredit ? "credit" : "refund")
        try outbox.write(
            [
                try OutgoingEvent(
                    surplus, subject: source.paymentID, tenant: source.organizationID, sequence: sequence,
                    cause: cause)
            ], in: tx)
    }
}
