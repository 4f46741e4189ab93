import EventContracts
import InvoiceDomain
import Primitives

/// Makes the events of one subscription, and its requests to the scheduler.
struct SubscriptionEvents {
    let cause: EventCause

    /// The first events: that it exists, and its timer.
    func created(_ subscription: Subscription) throws -> [OutgoingEvent] {
        let request = request(subscription).map { ScheduleRequested(schedule: $0) }
        return try [changed(subscription)] + (request.map { [try timer($0, subscription)] } ?? [])
    }

    /// What a change tells: how it is now, and when its timer is to go off, if ever.
    func updated(_ subscription: Subscription) throws -> [OutgoingEvent] {
        if let request = request(subscription) {
            let change = ScheduleChanged(schedule: request)
            return [try changed(subscription), try timer(change, subscription)]
        }
        let end = ScheduleCancelled(scheduleID: subscription.scheduleID, generation: subscription.generation)
        return [try changed(subscription), try timer(end, subscription)]
    }

    /// How it is now, where its timer stays as it was.
    func changed(_ subscription: Subscription) throws -> OutgoingEvent {
        try fact(SubscriptionChanged(subscription: facts(subscription)), subscription)
    }

    func snapshot(_ subscription: Subscription) throws -> OutgoingEvent {
        try fact(SubscriptionSnapshotTaken(subscription: facts(subscription)), subscription)
    }

    private func fact(_ payload: some EventPayload, _ subscription: Subscription) throws -> OutgoingEvent {
        try OutgoingEvent(
            payload, subject: subscription.id, tenant: subscription.organizationID,
            sequence: subscription.sequence, cause: cause)
    }

    private func timer(_ payload: some EventPayload, _ subscription: Subscription) throws -> OutgoingEvent {
        try OutgoingEvent(
            payload, subject: subscription.scheduleID, tenant: subscription.organizationID,
            sequence: subscription.generation, cause: cause, service: "invoice")
    }

    private func request(_ subscription: Subscription) -> ScheduleRequest? {
        guard let end = subscription.periodEnd else { return nil }
        return ScheduleRequest(
            scheduleID: subscription.scheduleID, generation: subscription.generation,
            organizationID: subscription.organizationID, kind: RenewSubscriptions.kind,
            rule: ScheduleRule(at: end), zone: subscription.zone, catchUp: .all,
            payload: [RenewSubscriptions.idMember: subscription.id.description])
    }

    private func facts(_ subscription: Subscription) -> SubscriptionFacts {
        SubscriptionFacts(
            subscriptionID: subscription.id, organizationID: subscription.organizationID,
            customerID: subscription.customerID, status: subscription.status, currency: subscription.currency,
            items: subscription.items.map { item in
                SubscriptionItemFacts(
                    priceID: item.price.id, planID: item.price.planID, quantity: item.quantity?.decimal.text)
            },
            currentPeriodStart: subscription.periodStart, currentPeriodEnd: subscription.periodEnd,
            trialEndsAt: subscription.trialEndsAt, cancelsAtPeriodEnd: subscription.life.endsWithPeriod,
            endedAt: subscription.endedAt)
    }
}
