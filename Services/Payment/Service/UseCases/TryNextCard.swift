import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// After a refusal that is about the card, the next of the payer's cards is tried at once, as the next attempt of the same
/// payment: under a key of its own, and never while anything about the last one is not known.
struct TryNextCard: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    /// Wakes the executor once the attempt is ready.
    let onReady: @Sendable () -> Void

    /// Makes the next attempt ready in the transaction that records the refusal.
    ///
    /// - Returns: The sequence of the payment's event; nil when no card stands in.
    func callAsFunction(
        after record: AttemptRecord, _ decline: Decline, cause: EventCause, in tx: borrowing Transaction
    ) throws -> Int64? {
        // What was unknown, or waited for its payer, was not refused just now: it has its turn on another day.
        guard decline.isOfCard, let plan = record.planID, case .inFlight = record.state,
            !record.choice.isOfNewCard
        else { return nil }
        let now = clock.now()
        guard let card = try CardChoice.next(after: record, now: now, in: tx),
            let sequence = try CardChoice.handOver(record, to: card, now: now, in: tx)
        else { return nil }
        if let wallet = record.walletID, record.walletMinor > 0 {
            try WalletStore.hold(-record.walletMinor, of: wallet, in: tx)
        }
        if decline.declineClass == .hard, let refused = record.method?.reference {
            try leave(refused, for: card, plan: plan, now: now, cause: cause, in: tx)
        }
        tx.afterCommit(onReady)
        return sequence
    }

    /// A card that will never work again must not be charged for the next invoice either.
    private func leave(
        _ reference: String, for card: PaymentMethodID, plan: ChargePlanID, now: Instant, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        let refused = try PaymentMethodStore.find(
            reference: reference, gatewayAccount: SaveCard.platformAccount, in: tx)
        guard let refused else { return }
        let changed = try MandateStore.replace(refused.id, by: card, ofPlan: plan, now: now, in: tx)
        try outbox.write(changed.map { try $0.changedEvent(reason: .nextCard, cause: cause) }, in: tx)
    }
}
