/// Publishes batches in windows, with confirms.
struct PublisherRole: SessionRole {
    /// Messages of one caller and where their outcomes go.
    struct Command: Sendable {
        let messages: [OutgoingMessage]
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<[PublishOutcome], Never>
    }

    /// A batch that is being published; the caller is resumed when the last outcome is known.
    private final class Batch {
        let command: Command
        var outcomes: [PublishOutcome]
        var open: Int
        var next = 0

        init(_ command: Command) {
            self.command = command
            open = command.messages.count
            outcomes = Array(repeating: .unknown(reason: "not published"), count: open)
        }

        func settle(_ index: Int, _ outcome: PublishOutcome) {
            outcomes[index] = outcome
            open -= 1
            if open == 0 { command.continuation.resume(returning: outcomes) }
        }
    }

    private struct Ticket {
        let batch: Batch
        let index: Int
        let sentAt: ContinuousClock.Instant

        var message: OutgoingMessage { batch.command.messages[index] }
    }

    /// Frames are read at least this often while a long batch is written: a confirm, or the news that the broker
    /// is blocking, must not wait for its end.
    private static let burst = 32

    private let timing: AMQPTiming
    private let limits: AMQPLimits
    private let metrics: AMQPMetrics
    private var waiting: [Batch] = []
    private var ledger = ConfirmLedger<Ticket>()
    private var blocked = false
    private var corked = false
    private var progressAt = ContinuousClock.now

    init(timing: AMQPTiming, limits: AMQPLimits, metrics: AMQPMetrics) {
        self.timing = timing
        self.limits = limits
        self.metrics = metrics
    }

    var isSettled: Bool { ledger.count == 0 && waiting.isEmpty }

    mutating func opened(_ connection: BrokerConnection, generation: UInt64) throws(AMQPError) {
        blocked = false
        corked = false
        try connection.confirmSelect()
    }

    mutating func handle(_ command: Command, _ connection: BrokerConnection?) throws(AMQPError) {
        guard !command.messages.isEmpty else {
            command.continuation.resume(returning: [])
            return
        }
        waiting.append(Batch(command))
    }

    mutating func received(_ event: BrokerEvent) throws(AMQPError) {
        switch event {
        case .confirmed(let tag, let multiple): try settle(tag, multiple: multiple, refused: false)
        case .refused(let tag, let multiple): try settle(tag, multiple: multiple, refused: true)
        case .returned(let messageID, _): ledger.noteReturned(messageID)
        case .blocked: blocked = true
        case .unblocked:
            blocked = false
            progressAt = .now
        case .delivered:
            throw AMQPError(code: .protocolViolation, message: "a delivery without a subscription")
        }
    }

    mutating func turn(_ connection: BrokerConnection) throws(AMQPError) -> Bool {
        guard canWrite else { return false }
        let now = ContinuousClock.now
        if ledger.count == 0 { progressAt = now }
        connection.guarded.begin()
        defer { connection.guarded.end() }
        var written = 0
        while written < Self.burst, canWrite, let batch = waiting.first {
            let message = batch.command.messages[batch.next]
            cork(connection, written: written)
            ledger.publish(
                Ticket(batch: batch, index: batch.next, sentAt: now), messageID: message.messageID,
                bytes: message.body.count)
            batch.next += 1
            if batch.next == batch.command.messages.count { waiting.removeFirst() }
            try connection.publish(message)
            written += 1
        }
        return canWrite
    }

    mutating func willWait(_ connection: BrokerConnection) {
        guard corked else { return }
        connection.setCork(false)
        corked = false
    }

    mutating func tick(_ now: ContinuousClock.Instant) throws(AMQPError) {
        expire(now)
        guard ledger.count > 0, !blocked, progressAt + timing.confirmTimeout < now else { return }
        throw AMQPError(
            code: .confirmTimedOut, message: "\(ledger.count) messages were not confirmed in time")
    }

    mutating func lost(_ error: AMQPError) {
        let metrics = metrics
        ledger.abandon { ticket in
            metrics.published(exchange: ticket.message.exchange, result: "unknown")
            ticket.batch.settle(ticket.index, .unknown(reason: "\(error)"))
        }
        // A batch that was being written when the connection ended is not continued on another one: its caller
        // decides about all of it at once.
        waiting.removeAll { batch in
            guard batch.next > 0 else { return false }
            Self.giveUp(batch, "\(error)")
            return true
        }
    }

    mutating func ended() {
        for batch in waiting { Self.giveUp(batch, "the publisher was stopped") }
        waiting = []
    }

    private var canWrite: Bool {
        guard !blocked, let batch = waiting.first, ledger.count < limits.windowMessages else { return false }
        // A message larger than the whole window still goes, alone.
        return ledger.count == 0
            || ledger.bytes + batch.command.messages[batch.next].body.count <= limits.windowBytes
    }

    /// A burst fills whole segments; a single message is not held back.
    private mutating func cork(_ connection: BrokerConnection, written: Int) {
        guard written == 1, !corked else { return }
        connection.setCork(true)
        corked = true
    }

    private mutating func settle(_ tag: UInt64, multiple: Bool, refused: Bool) throws(AMQPError) {
        let now = ContinuousClock.now
        progressAt = now
        let metrics = metrics
        var tally = PublishTally()
        try ledger.settle(tag, multiple: multiple, refused: refused) { ticket, settlement in
            let outcome: PublishOutcome =
                switch settlement {
                case .confirmed: .confirmed
                case .refused: .nacked
                case .unroutable: .unroutable
                }
            tally.add(ticket.message.exchange, settlement.label, metrics)
            if tally.isFirst { metrics.confirmed(after: ticket.sentAt.duration(to: now)) }
            ticket.batch.settle(ticket.index, outcome)
        }
        tally.flush(metrics)
    }

    /// Batches of which nothing was written in time are given back; what was written waits for its confirm.
    private mutating func expire(_ now: ContinuousClock.Instant) {
        guard waiting.contains(where: { $0.command.deadline < now }) else { return }
        waiting.removeAll { batch in
            guard batch.command.deadline < now else { return false }
            Self.giveUp(batch, blocked ? "the broker is blocking" : "no connection to the broker")
            return true
        }
    }

    private static func giveUp(_ batch: Batch, _ reason: String) {
        for index in batch.next..<batch.command.messages.count {
            batch.settle(index, .unknown(reason: reason))
        }
    }
}
