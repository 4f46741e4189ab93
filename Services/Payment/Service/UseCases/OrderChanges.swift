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
        /// From the next day on; what waits for its next try is tried at once with another card.
        case change(Money?, PaymentMethodID?, fallback: Bool? = nil)
    }

    let outbox: Outbox
    let clock: any WallClock

    /// Stores a new order.
    ///
    /// - Throws: `Problem` for a sender that does not bill this payer, or a card that is not theirs.
    func create(
        to organization: OrganizationID, by account: AccountID, card: PaymentMethodID, amount: Money,
        consentedFrom: String, allowsFallback: Bool = false, in tx: borrowing Transaction,
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
            rule: try rule(zone, zone.date(at: now)), consentedFrom: consentedFrom,
            allowsFallback: allowsFallback, at: now)
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
        var renewed: PaymentMethodID?
        switch action {
        case .pause:
            try order.series.pause()
            events += try cancelDays(order, "paused", now: now, writer, in: tx)
        case .resume: try order.series.resume(.skip, at: now)
        case .skip(let day): try order.series.skip(day)
        case .cancel:
            try order.series.cancel()
            events += try cancelDays(order, "cancelled", now: now, writer, in: tx)
        case .change(let amount, let card, let fallback):
            if order.series.state.isOver { try order.series.change(to: nil) }
            guard amount == nil || amount?.currency == order.amount.currency else {
                throw InvalidFields(
                    field: "currency", code: "conflicting", message: "The currency of an order stays.")
            }
            order.amount = amount ?? order.amount
            order.allowsFallback = fallback ?? order.allowsFallback
            if let card {
                try check(card, of: account, in: tx)
                renewed = card == order.paymentMethodID ? nil : card
                order.paymentMethodID = card
                if order.series.state == .needsAttention { try order.series.resume(.skip, at: now) }
            }
        }
        order.updatedAt = now
        events.append(try writer.changed(&order))
        if order.series.generation != generation { events += try writer.timing(order) }
        try StandingOrderStore.update(order, in: tx)
        if let renewed { try OrderCardStore.tryNow(renewed, of: account, under: id, now: now, in: tx) }
        try outbox.write(events, in: tx)
        return order
    }

    /// A card is gone: the orders that pay with it get the next one where that may stand in, or wait for another.
    func lost(_ card: PaymentMethodID, next: PaymentMethodID?, in tx: borrowing Transaction) throws {
        let now = clock.now()
        for var order in try OrderCardStore.paying(with: card, in: tx) {
            let generation = order.series.generation
            if order.allowsFallback, let next {
                order.paymentMethodID = next
                if order.series.state == .needsAttention { try order.series.resume(.skip, at: now) }
            } else if order.series.state == .active {
                order.series.block()
            } else {
                continue
            }
            order.updatedAt = now
            let writer = OrderEvents(cause: EventCause(traceparent: nil, clockTime: now))
            var events = [try writer.changed(&order)]
            if order.series.generation != generation { events += try writer.timing(order) }
            try StandingOrderStore.update(order, in: tx)
            try outbox.write(events, in: tx)
        }
    }

    /// A card is new, or works again: orders that waited for one go on, and days that wait for their next try are tried.
    func works(_ card: PaymentMethodID, of account: AccountID, in tx: borrowing Transaction) throws {
        for order in try OrderCardStore.waiting(for: card, of: account, in: tx) {
            _ = try self(.change(nil, card), to: order, of: account, in: tx)
        }
        try OrderCardStore.tryNow(card, of: account, under: nil, now: clock.now(), in: tx)
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
