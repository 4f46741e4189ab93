import EventContracts

/// What a use case did: the subscription as it is now, and the events that tell it.
struct SubscriptionChange: Sendable {
    let subscription: Subscription
    let events: [OutgoingEvent]
}
