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

    /// After a refusal: the ladder's next step where there is one, else the payment has failed.
    ///
    /// - Parameters:
    ///   - payment: What was refused.
    ///   - decline: How.
    ///   - cause: What the events follow from.
    ///   - tx: The transaction.
    /// - Returns: The day of the next try.
    /// - Throws: What the database refuses.
    func declined(
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
        try OrderPaymentStore.wait(payment, step: step + 1, reason: decline.code, now: now, in: tx)
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
