import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// What follows for the permissions and orders of a payer when a card is saved, works again, or goes.
///
/// The payer's customers are locked before the card, as everywhere where permissions change.
struct CardChanges: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let replan: ReplanCharges
    let tryNewCard: TryNewCard
    let orders: OrderChanges

    private static let cardsMaximum = 100

    /// Removes a payer's card.
    ///
    /// - Returns: Whether there was such a card.
    func remove(_ id: PaymentMethodID, of account: AccountID, in tx: borrowing Transaction) throws -> Bool {
        try MandateStore.lockCustomers(of: account, in: tx)
        let now = clock.now()
        guard let removed = try PaymentMethodStore.remove(id, of: account, now: now, in: tx) else {
            return false
        }
        let cause = EventCause(traceparent: nil, clockTime: now)
        try outbox.write(
            removed.stored.changedEvent(isRemoved: true, sequence: removed.sequence, cause: cause), in: tx)
        let next = try MandateStore.firstCard(of: account, now: now, in: tx)
        if let next {
            let moved = try MandateStore.replace(id, by: next, now: now, in: tx)
            try follow(moved, .nextCard, cause: cause, in: tx)
        }
        let suspended = try MandateStore.suspend(havingCard: id, now: now, in: tx)
        try follow(suspended, .cardRemoved, cause: cause, in: tx)
        try orders.lost(id, next: next, in: tx)
        return true
    }

    /// Saves a card; one that is saved already stays what it was.
    ///
    /// - Returns: The card; nil when it is somebody else's.
    /// - Throws: `Problem` for one card too many.
    func save(
        _ card: GatewayCard, customer: String, of account: AccountID, in tx: borrowing Transaction
    ) throws -> PaymentMethodStore.Stored? {
        try MandateStore.lockCustomers(of: account, in: tx)
        let now = clock.now()
        let cards = try PaymentMethodStore.list(of: account, in: tx)
        guard
            cards.count < Self.cardsMaximum || cards.contains(where: { $0.card.reference == card.reference })
        else { throw Problem.conflict("too_many_cards", "There are \(Self.cardsMaximum) cards already") }
        let isKnown = cards.contains { $0.card.looksLike(card) }
        let saved = try PaymentMethodStore.insert(
            card, customer: customer, account: account, gatewayAccount: SaveCard.platformAccount, now: now,
            in: tx)
        guard let saved else { return nil }
        guard saved.isNew else { return saved.stored }
        let cause = EventCause(traceparent: nil, clockTime: now)
        try outbox.write(
            saved.stored.changedEvent(isRemoved: false, sequence: saved.sequence, cause: cause), in: tx)
        if !isKnown { try works(saved.stored, .nextCard, cause: cause, in: tx) }
        return saved.stored
    }

    /// Takes over what the bank has made of a card; what it says again changes nothing.
    func update(_ card: GatewayCard, of account: AccountID, in tx: borrowing Transaction) throws {
        try MandateStore.lockCustomers(of: account, in: tx)
        let changed = try PaymentMethodStore.update(card, gatewayAccount: SaveCard.platformAccount, in: tx)
        guard let changed else { return }
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        try outbox.write(
            changed.stored.changedEvent(isRemoved: false, sequence: changed.sequence, cause: cause), in: tx)
        try works(changed.stored, .cardUpdated, cause: cause, in: tx)
    }

    /// Permissions that waited for a card hold again, and charges that wait for another day are tried.
    private func works(
        _ card: PaymentMethodStore.Stored, _ reason: MandateChangeReason, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        let revived = try MandateStore.revive(with: card.id, of: card.accountID, now: clock.now(), in: tx)
        try follow(revived, reason, cause: cause, in: tx)
        try tryNewCard(card.id, of: card.accountID, cause: cause, in: tx)
        try orders.works(card.id, of: card.accountID, in: tx)
    }

    private func follow(
        _ mandates: [MandateStore.Stored], _ reason: MandateChangeReason, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        try outbox.write(mandates.map { try $0.changedEvent(reason: reason, cause: cause) }, in: tx)
        for mandate in mandates {
            try replan(MandateStore.openInvoices(of: mandate, in: tx), cause: cause, in: tx)
        }
    }
}
