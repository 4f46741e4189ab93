import EventContracts

/// Receives deliveries and settles them.
struct ConsumerRole: SessionRole {
    enum Command: Sendable {
        case acknowledge(DeliveryToken, multiple: Bool, CheckedContinuation<Bool, Never>)
        case reject(DeliveryToken, requeue: Bool, CheckedContinuation<Bool, Never>)
        case reconnect(prefetch: UInt16)
    }

    /// The broker may exceed the prefetch; beyond this multiple of it something is wrong.
    private static let excessFactor = 4

    private let queue: String
    private let buffer: DeliveryBuffer
    private var prefetch: UInt16
    private var generation: UInt64 = 0
    private var incoming: [Delivery] = []
    private let checkAfter: Duration
    private var heardAt = ContinuousClock.now

    init(queue: String, prefetch: UInt16, checkAfter: Duration, buffer: DeliveryBuffer) {
        self.checkAfter = checkAfter
        self.queue = queue
        self.prefetch = prefetch
        self.buffer = buffer
    }

    var isSettled: Bool { true }

    mutating func opened(_ connection: BrokerConnection, generation: UInt64) throws(AMQPError) {
        self.generation = generation
        incoming = []
        heardAt = .now
        buffer.begin(generation)
        try connection.consume(queue, prefetch: prefetch)
    }

    mutating func handle(_ command: Command, _ connection: BrokerConnection?) throws(AMQPError) {
        switch command {
        case .acknowledge(let token, let multiple, let continuation):
            try settle(token, connection, continuation) { connection throws(AMQPError) in
                try connection.acknowledge(token.tag, multiple: multiple)
            }
        case .reject(let token, let requeue, let continuation):
            try settle(token, connection, continuation) { connection throws(AMQPError) in
                try connection.reject(token.tag, requeue: requeue)
            }
        case .reconnect(let prefetch):
            self.prefetch = prefetch
            guard connection != nil else { return }
            throw AMQPError(code: .connectionLost, message: "the prefetch becomes \(prefetch)")
        }
    }

    mutating func received(_ event: BrokerEvent) throws(AMQPError) {
        guard case .delivered(let content, let tag) = event else { return }
        incoming.append(content.delivery(DeliveryToken(generation: generation, tag: tag)))
    }

    mutating func turn(_ connection: BrokerConnection) throws(AMQPError) -> Bool {
        guard !incoming.isEmpty else {
            try checkSubscription(connection)
            return false
        }
        heardAt = .now
        buffer.append(incoming)
        incoming.removeAll(keepingCapacity: true)
        guard buffer.count <= Int(prefetch) * Self.excessFactor else {
            throw AMQPError(code: .protocolViolation, message: "far more deliveries than the prefetch allows")
        }
        return false
    }

    /// A queue that is deleted and made again while a subscription is under way can leave a consumer that the broker has
    /// forgotten and never told so: silence alone does not show it.
    private mutating func checkSubscription(_ connection: BrokerConnection) throws(AMQPError) {
        guard ContinuousClock.now - heardAt >= checkAfter else { return }
        heardAt = .now
        let counts = try connection.declare(QueueDefinition(name: queue, arguments: [:]), passive: true)
        guard counts.consumers > 0 else {
            throw AMQPError(code: .connectionLost, message: "the broker has forgotten this consumer")
        }
    }

    mutating func willWait(_ connection: BrokerConnection) {}

    mutating func tick(_ now: ContinuousClock.Instant) throws(AMQPError) {}

    mutating func lost(_ error: AMQPError) {
        incoming = []
        // No token of any connection matches until the next one is open.
        buffer.begin(0)
    }

    mutating func ended() { buffer.end() }

    /// A token of another connection is dropped: its tag would close this channel or settle a foreign message.
    private func settle(
        _ token: DeliveryToken, _ connection: BrokerConnection?,
        _ continuation: CheckedContinuation<Bool, Never>,
        _ write: (BrokerConnection) throws(AMQPError) -> Void
    ) throws(AMQPError) {
        guard let connection, token.generation == generation else {
            continuation.resume(returning: false)
            return
        }
        do throws(AMQPError) {
            try write(connection)
        } catch {
            continuation.resume(returning: false)
            throw error
        }
        continuation.resume(returning: true)
    }
}
