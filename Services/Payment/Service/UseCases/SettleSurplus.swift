import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Turns money beyond what is owed into refunds of the cards and wallets it came from, and into credit where it came
/// otherwise.
///
/// Voids, credit notes, overpayments, duplicates and late captures all end here: there is one rule, the payable's
/// surplus, applied under its row lock.
struct SettleSurplus: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let moveWallet: MoveWallet
    let moveCredit: MoveCredit
    let giveBack: GiveBack

    private struct Source {
        let from: GiveBack.Source
        let availableMinor: Int64
        /// What of it may go to the card.
        let cardMinor: Int64

        /// Whether it came by hand or from credit, so that there is nothing to give it back to.
        var hasNoTender: Bool { from.reference == nil && from.walletID == nil }
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
            let credited = source.hasNoTender ? amount : min(amount, toCredit)
            let card = min(amount - credited, source.cardMinor)
            rest -= amount
            toCredit -= min(credited, toCredit)
            let parts: [(Int64, GiveBack.Destination)] = [
                (credited, .credit), (card, .card), (amount - credited - card, .wallet),
            ]
            for (part, destination) in parts where part > 0 {
                try give(
                    Money(minorUnits: part, currency: payable.currency), of: source.from, to: destination,
                    cause: cause, in: tx)
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
            SELECT y.payment_id, y.organization_id, b.customer_id, CASE WHEN a.amount > 0 THEN a.gateway_reference END,
                   a.wallet_id, least(c.amount, y.amount - y.refunded),
                   CASE WHEN a.wallet_amount > 0
                        THEN a.amount - (SELECT coalesce(sum(r.amount), 0)::bigint FROM refunds r
                                          WHERE r.payment_id = y.payment_id AND r.destination = 'card' AND r.state <> 'failed')
                        ELSE coalesce(a.amount, 0) END
              FROM allocations c
              JOIN payments y ON y.payment_id = c.payment_id
              JOIN payables b ON b.invoice_id = c.invoice_id
              LEFT JOIN attempts a ON a.payment_id = y.payment_id AND a.state = 'succeeded'
             WHERE c.invoice_id = $1 AND y.state = 'succeeded'
             ORDER BY y.settled_at DESC, y.payment_id FOR NO KEY UPDATE OF y
            """, [invoice]
        ).map {
            Source(
                from: GiveBack.Source(
                    paymentID: try $0[0], organizationID: try $0[1], customerID: try $0[2],
                    invoiceID: invoice, reference: try $0[3], walletID: try $0[4]),
                availableMinor: try $0[5], cardMinor: try $0[6])
        }
    }

    private func give(
        _ amount: Money, of source: GiveBack.Source, to destination: GiveBack.Destination, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        let becomesCredit = destination == .credit
        let sequence = try tx.query(
            """
            UPDATE payments SET refunded = refunded + $2, sequence = sequence + 1 WHERE payment_id = $1 RETURNING sequence
            """, [source.paymentID, becomesCredit ? amount.minorUnits : 0]
        ).scalar(as: Int64.self)
        let surplus = PaymentSurplus(
            invoiceID: source.invoiceID, organizationID: source.organizationID, paymentID: source.paymentID,
            currency: amount.currency, amountMinor: amount.minorUnits,
            becomes: becomesCredit ? "credit" : "refund")
        try outbox.write(
            OutgoingEvent(
                surplus, subject: source.paymentID, tenant: source.organizationID, sequence: sequence,
                cause: cause), in: tx)
        guard becomesCredit else {
            _ = try giveBack(amount, of: source, to: destination, reason: "surplus", cause: cause, in: tx)
            return
        }
        // Invoices know nothing of credit: what becomes it was received, and is not given back.
        try tx.send(
            "UPDATE payables SET moved_to_credit = moved_to_credit + $2 WHERE invoice_id = $1",
            [source.invoiceID, amount.minorUnits])
        try moveCredit.add(
            amount, to: source.customerID, at: source.organizationID, .surplus, invoice: source.invoiceID,
            cause: cause, in: tx)
    }
}
