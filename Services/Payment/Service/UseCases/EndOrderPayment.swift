import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// What follows for a standing order when one of its payments ends, or is put off, without money.
struct EndOrderPayment: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let ladder: RetryLadder

    /// Nothing was taken and nothing will be.
    func cancelled(_ payment: PaymentID, reason: String, in tx: borrowing Transaction) throws {
        try OrderPaymentStore.end(payment, as: "cancelled", reason: reason, now: clock.now(), in: tx)
    }

    /// A person has paid what this was meant to settle: it begins again with what is open now.
    func replaced(_ payment: PaymentID, in tx: borrowing Transaction) throws {
        try OrderPaymentStore.end(payment, as: "due", reason: nil, now: clock.now(), in: tx)
    }

    /// The card is gone, or must never be tried again: the payment has failed, and the order waits for another card.
    func withoutCard(
        _ payment: PaymentID, of order: StandingOrderID, reason: String, in tx: borrowing Transaction
    ) throws {
        let now = clock.now()
        try OrderPaymentStore.end(payment, as: "failed", reason: reason, now: now, in: tx)
        try block(order, cause: EventCause(traceparent: nil, clockTime: now), in: tx)
    }

    /// How a day of an order goes on after a refusal.
    enum GoesOn: Hashable {
        /// With another card, at once.
        case withNextCard
        /// On another day; not at all without one.
        case on(CivilDate?)
    }

    /// After a refusal: the payer's next card where one may stand in, else the ladder's next step where there is one, else
    /// the payment has failed.
    func declined(
        _ record: AttemptRecord, _ decline: Decline, cause: EventCause, in tx: borrowing Transaction
    ) throws -> GoesOn {
        let now = clock.now()
        guard let (orderID, _) = try OrderPaymentStore.step(of: record.paymentID, in: tx),
            let order = try StandingOrderStore.find(orderID, in: tx)
        else { return .on(nil) }
        let isLive = order.series.state == .active || order.series.state == .finished
        let own = try PaymentMethodStore.find(order.paymentMethodID, of: order.accountID, in: tx)
        let isOwn = own.map { $0.card.reference == record.method?.reference } ?? true
        let isLost = isOwn && decline.declineClass == .hard
        if record.choice.isOfNewCard, isLive, !isLost {
            let today = order.series.rule.zone.date(at: now)
            return .on(
                try OrderCardStore.waitAgain(
                    record.paymentID, code: decline.code, today: today, now: now, in: tx))
        }
        if decline.isOfCard, case .inFlight = record.state, !record.choice.isOfNewCard,
            isLive, let card = try OrderCardStore.next(after: record, of: orderID, now: now, in: tx)
        {
            try OrderCardStore.handOver(record, to: card, now: now, in: tx)
            if isLost { try leave(order.paymentMethodID, for: card, orderID, cause: cause, in: tx) }
            return .withNextCard
        }
        let counts = isOwn ? decline : Decline(.soft, code: decline.code)
        return .on(try climb(record.paymentID, counts, cause: cause, in: tx))
    }

    /// A card that will never work again loses its place to the one that stands in.
    private func leave(
        _ lost: PaymentMethodID, for card: PaymentMethodID, _ orderID: StandingOrderID, cause: EventCause,
        in tx: borrowing Transaction
    ) throws {
        guard var order = try StandingOrderStore.lock([orderID], in: tx).first, order.paymentMethodID == lost
        else { return }
        (order.paymentMethodID, order.updatedAt) = (card, clock.now())
        let changed = try OrderEvents(cause: cause).changed(&order)
        try StandingOrderStore.update(order, in: tx)
        try outbox.write(changed, in: tx)
    }

    /// The card that was to stand in cannot be asked any more: the order's own has its turn on another day.
    func withoutStandIn(_ payment: PaymentID, reason: String, in tx: borrowing Transaction) throws {
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        _ = try climb(payment, Decline(.soft, code: reason), cause: cause, in: tx)
    }

    /// The ladder's next step where there is one, else the payment has failed.
    ///
    /// - Returns: The day of the next try.
    private func climb(
        _ payment: PaymentID, _ decline: Decline, cause: EventCause, in tx: borrowing Transaction
    ) throws -> CivilDate? {
        let now = clock.now()
        guard let (orderID, step) = try OrderPaymentStore.step(of: payment, in: tx),
            let order = try StandingOrderStore.find(orderID, in: tx)
        else { return nil }
        // A paused or ended order tries no more; one whose last day has come still owes that day.
        let goesOn = order.series.state == .active || order.series.state == .finished
        let ladder = try ChargingRulesStore.ladder(of: order.organizationID, or: ladder, in: tx)
        guard goesOn, decline.isRetriable, let days = ladder.daysUntilNextTry(afterStep: step) else {
            try OrderPaymentStore.end(payment, as: "failed", reason: decline.code, now: now, in: tx)
            if decline.declineClass == .hard { try block(orderID, cause: cause, in: tx) }
            return nil
        }
        let day = order.series.rule.zone.date(at: now).adding(days: days)
        try OrderPaymentStore.wait(
            payment, step: step + 1, on: day, reason: decline.code, now: now, in: tx)
        try outbox.write(
            [try OrderEvents(cause: cause).retry(payment, step: step + 1, on: day, of: order)], in: tx)
        return day
    }

    /// A card that will never work again must not be tried on the next day either.
    private func block(
        _ orderID: StandingOrderID, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        guard var order = try StandingOrderStore.lock([orderID], in: tx).first,
            order.series.state == .active
        else { return }
        order.series.block()
        order.updatedAt = clock.now()
        let writer = OrderEvents(cause: cause)
        let changed = try writer.changed(&order)
        try StandingOrderStore.update(order, in: tx)
        try outbox.write([changed] + writer.timing(order), in: tx)
    }
}
