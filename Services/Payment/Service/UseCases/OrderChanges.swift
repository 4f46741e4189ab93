import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// A payer orders a fixed amount to be paid to a sender again and again, and changes or ends that.
struct OrderChanges: Sendable {
    /// What can be done to an order.
    enum Action: Sendable {
        case pause
        /// The days of a pause are not made up.
        case resume
        /// Nothing is paid on a day, or the next.
        case skip(CivilDate?)
        case cancel
        /// From the next day on.
        case change(Money?, PaymentMethodID?)
    }

    let outbox: Outbox
    let clock: any WallClock

    /// Stores a new order.
    ///
    /// - Throws: `Problem` for a sender that does not bill this payer, or a card that is not theirs.
    func create(
        to organization: OrganizationID, by account: AccountID, card: PaymentMethodID, amount: Money,
        consentedFrom: String, in tx: borrowing Transaction,
        rule: (_ zone: Zone, _ today: CivilDate) throws -> RecurrenceRule
    ) throws -> StoredOrder {
        let now = clock.now()
        let zone = try tx.query(
            "SELECT zone FROM organizations WHERE organization_id = $1", [organization]
        ).scalar(as: String.self)
        let customer = try tx.query(
            """
            SELECT customer_id FROM customers WHERE account_id = $1 AND organization_id = $2
             ORDER BY customer_id LIMIT 1
            """, [account, organization]
        ).scalar(as: CustomerID.self)
        guard let zone = zone.flatMap({ Zone($0) }), let customer else { throw SetMandate.senderNotFound }
        try check(card, of: account, in: tx)
        var order = StoredOrder(
            organizationID: organization, accountID: account, customerID: customer, paymentMethodID: card,
            amount: amount,
            rule: try rule(zone, zone.date(at: now)), consentedFrom: consentedFrom, at: now)
        let events = OrderEvents(cause: EventCause(traceparent: nil, clockTime: now))
        let changed = try events.changed(&order)
        try StandingOrderStore.insert(order, in: tx)
        try outbox.write([changed] + events.timing(order), in: tx)
        return order
    }

    /// Does something to an order.
    ///
    /// - Throws: `Problem` when it is not there, `SeriesViolation` for what cannot be done now.
    func callAsFunction(
        _ action: Action, to id: StandingOrderID, of account: AccountID, in tx: borrowing Transaction
    ) throws -> StoredOrder {
        guard var order = try StandingOrderStore.lock(id, of: account, in: tx) else { throw Problem.notFound }
        let now = clock.now()
        let generation = order.series.generation
        let writer = OrderEvents(cause: EventCause(traceparent: nil, clockTime: now))
        var events: [OutgoingEvent] = []
        switch action {
        case .pause:
            try order.series.pause()
            events += try cancelDays(order, "paused", now: now, writer, in: tx)
        case .resume: try order.series.resume(.skip, at: now)
        case .skip(let day): try order.series.skip(day)
        case .cancel:
            try order.series.cancel()
            events += try cancelDays(order, "cancelled", now: now, writer, in: tx)
        case .change(let amount, let card):
            if order.series.state.isOver { try order.series.change(to: nil) }
            guard amount == nil || amount?.currency == order.amount.currency else {
                throw InvalidFields(
                    field: "currency", code: "conflicting", message: "The currency of an order stays.")
            }
            order.amount = amount ?? order.amount
            if let card {
                try check(card, of: account, in: tx)
                order.paymentMethodID = card
                if order.series.state == .needsAttention { try order.series.resume(.skip, at: now) }
            }
        }
        order.updatedAt = now
        events.append(try writer.changed(&order))
        if order.series.generation != generation { events += try writer.timing(order) }
        try StandingOrderStore.update(order, in: tx)
        try outbox.write(events, in: tx)
        return order
    }

    /// Ends all orders of a payer, because the payer is forgotten; of those whose last day has come, what is still owed.
    func cancelAll(of account: AccountID, in tx: borrowing Transaction) throws {
        let now = clock.now()
        for order in try StandingOrderStore.unfinished(of: account, in: tx) {
            if order.series.state != .finished {
                _ = try self(.cancel, to: order.id, of: account, in: tx)
            } else {
                let writer = OrderEvents(cause: EventCause(traceparent: nil, clockTime: now))
                try outbox.write(cancelDays(order, "cancelled", now: now, writer, in: tx), in: tx)
            }
        }
    }

    /// What was sent for a day goes on; what was not, is not sent any more.
    private func cancelDays(
        _ order: StoredOrder, _ reason: String, now: Instant, _ writer: OrderEvents,
        in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        try StandingOrderStore.cancelDays(of: order.id, reason: reason, now: now, in: tx)
            .filter { $0.generation > 1 }
            .map { payment, generation in
                let cancelled = ScheduleCancelled(
                    scheduleID: StandingOrder.scheduleID(ofRetry: payment), generation: generation)
                return try ChargeSchedule.event(
                    cancelled, tenant: order.organizationID, cause: writer.cause)
            }
    }

    private func check(_ card: PaymentMethodID, of account: AccountID, in tx: borrowing Transaction) throws {
        guard try PaymentMethodStore.keep(card, of: account, in: tx) != nil else {
            throw InvalidFields(
                field: "payment_method_id", code: "unknown_value", message: "There is no such card.")
        }
    }
}
