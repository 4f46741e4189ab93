/// The deliveries that were waiting, in the order they arrived, all of one connection.
public struct DeliveryBatch: Sendable {
    /// At least one delivery.
    public let deliveries: [Delivery]

    /// The token of the last delivery: acknowledging through it settles the whole batch.
    public let last: DeliveryToken

    init(_ deliveries: [Delivery], last: DeliveryToken) {
        self.deliveries = deliveries
        self.last = last
    }
}
