import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Follows a payer's objection at the bank: the money is withheld, and comes back or is gone.
///
/// A dispute that is lost never opens the invoice again: the sender may ask for the money by other means.
struct FollowDispute: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let settleSurplus: SettleSurplus

    /// News that came before the success they are about was booked.
    struct TooEarly: Error {}

    /// Applies what the gateway tells of a dispute.
    ///
    /// - Throws: `TooEarly` for a charge that is not booked yet.
    func callAsFunction(
        _ notice: GatewayNotice, of attempt: AttemptID, gatewayAccount: String, in tx: borrowing Transaction
    ) throws {
        guard let told = notice.status.flatMap({ DisputeStatus(gatewayStatus: $0) }) else { return }
        guard let payment = try DisputeStore.lockPayment(of: attempt, in: tx) else { throw TooEarly() }
        let stored = try DisputeStore.find(notice.subject, gatewayAccount: gatewayAccount, in: tx)
        var id = stored?.id
        for step in DisputeStatus.steps(from: stored?.status, told: told) {
            if step == .opened {
                id = try open(notice, of: payment, gatewayAccount: gatewayAccount, in: tx)
            } else if let id {
                try close(id, as: step, in: tx)
            }
        }
    }

    private func open(
        _ notice: GatewayNotice, of payment: DisputeStore.Disputed, gatewayAccount: String,
        in tx: borrowing Transaction
    ) throws -> DisputeID {
        let now = clock.now()
        let amount = max(notice.amountMinor ?? payment.availableMinor, 1)
        let dispute = DisputeStore.Stored(
            id: .new(at: now), organizationID: payment.organizationID, paymentID: payment.paymentID,
            invoiceID: payment.invoiceID, amount: Money(minorUnits: amount, currency: payment.currency),
            withheldMinor: min(amount, payment.availableMinor), reason: notice.code ?? "general",
            status: .opened, openedAt: now, closedAt: nil)
        let sequence = try DisputeStore.open(
            dispute, reference: notice.subject, gatewayAccount: gatewayAccount, in: tx)
        try publish(dispute, sequence: sequence, in: tx)
        return dispute.id
    }

    private func close(_ id: DisputeID, as status: DisputeStatus, in tx: borrowing Transaction) throws {
        guard let closed = try DisputeStore.close(id, as: status, now: clock.now(), in: tx) else { return }
        try publish(closed.dispute, sequence: closed.sequence, in: tx)
        guard status == .won else { return }
        // What became too much while the money was withheld goes back now.
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        try settleSurplus([closed.dispute.invoiceID], cause: cause, in: tx)
    }

    private func publish(
        _ dispute: DisputeStore.Stored, sequence: Int64, in tx: borrowing Transaction
    ) throws {
        let now = clock.now()
        let changed = DisputeChanged(
            disputeID: dispute.id, organizationID: dispute.organizationID, paymentID: dispute.paymentID,
            invoiceID: dispute.invoiceID, currency: dispute.amount.currency,
            amountMinor: dispute.amount.minorUnits, withheldMinor: dispute.withheldMinor,
            reason: dispute.reason, status: dispute.status.published, changedAt: now)
        try outbox.write(
            try OutgoingEvent(
                changed, subject: dispute.paymentID, tenant: dispute.organizationID, sequence: sequence,
                cause: EventCause(traceparent: nil, clockTime: now)), in: tx)
    }
}

extension DisputeStatus {
    /// The word that events use.
    fileprivate var published: DisputeState {
        switch self {
        case .opened: .opened
        case .won: .won
        case .lost: .lost
        }
    }
}
