import AMQP
import EventContracts
import Lifecycle
import Observability
import Primitives

/// Takes batches from one queue and settles every message of them, one way or another.
struct ConsumerLoop {
    let context: EventConsumer.Context
    private var isSuspecting = false

    private var settings: ConsumerSettings { context.settings }

    init(_ context: EventConsumer.Context) { self.context = context }

    /// Runs until the consumer is stopped.
    mutating func run() async {
        context.metrics.enter(.running)
        while let consumer = context.openConsumer(prefetch: isSuspecting ? 1 : settings.batch * 2) {
            do {
                let batch = try await consumer.nextBatch(max: isSuspecting ? 1 : settings.batch)
                await take(batch, from: consumer)
                try await linger(after: batch.deliveries.count)
            } catch {
                // Only a stop, or giving messages back, ends the wait for a batch; the loop's condition tells which.
                context.log.debug("no batch", ["error": LogValue(error: error)])
            }
        }
        context.metrics.enter(.stopped)
    }

    /// Under load a consumer that is faster than what fills its queue would take crumbs, and each transaction
    /// costs the same whatever its size: after a small batch of several messages it lets a few more gather.
    ///
    /// One message alone never waits, and neither does a full batch.
    private func linger(after count: Int) async throws {
        guard count >= settings.batch / 32, count < settings.batch / 2, settings.linger > .zero else {
            return
        }
        try await ContinuousClock().sleep(for: settings.linger)
    }

    private mutating func take(_ batch: DeliveryBatch, from consumer: AMQPConsumer) async {
        let suspects = batch.deliveries.filter { $0.deliveryCount >= settings.suspectDeliveries }
        if let suspect = suspects.first, !isSuspecting {
            // Something held with this message ended the process more than once: from here on one at a time, so that
            // only the culprit is held when it does so again.
            context.log.warning(
                "suspects: handling one by one",
                ["count": .int(suspects.count), "message_id": .string(suspect.messageID)])
            isSuspecting = true
            context.metrics.enter(.suspecting)
            consumer.reconnect(prefetch: 1)
            return
        }
        context.metrics.began(batch.deliveries.count)
        let start = ContinuousClock.now
        await settle(batch, from: consumer)
        context.metrics.batchHandled(start.duration(to: .now))
        if isSuspecting, suspects.isEmpty {
            context.log.info("the suspects have passed")
            isSuspecting = false
            context.metrics.enter(.running)
            consumer.reconnect(prefetch: settings.batch * 2)
        }
    }

    private func settle(_ batch: DeliveryBatch, from consumer: AMQPConsumer) async {
        var events: [ReadEvent] = []
        events.reserveCapacity(batch.deliveries.count)
        var moves: [Move] = []
        for delivery in batch.deliveries {
            do throws(Unreadable) {
                events.append(try context.registry.read(delivery))
            } catch {
                moves.append(move(delivery, reason: error.reason, detail: error.detail))
            }
        }
        var settledAll = true
        var last = batch.last
        if !events.isEmpty, await !handleTogether(events, last: last, consumer) {
            let (settled, more) = await handleOneByOne(events, last: last, consumer)
            moves += more
            settledAll = settled == events.count
            if !settledAll {
                // The process ends in the middle: what lies before the first unsettled event is settled, the rest
                // comes again.
                guard let token = settledPrefix(batch, until: events[settled].delivery.token) else { return }
                last = token
                moves.removeAll { $0.tag > token.tag }
            }
        }
        guard await publish(moves, last: last, consumer) else { return }
        await consumer.acknowledge(through: last)
    }

    /// True if one transaction handled everything; false if the events have to be tried on their own.
    private func handleTogether(
        _ events: [ReadEvent], last: DeliveryToken, _ consumer: AMQPConsumer
    ) async -> Bool {
        while consumer.isCurrent(last), !context.isStopping {
            do {
                try await rehearse(events)
                let duplicates = try await context.transaction.run(events)
                context.metrics.handled(events, duplicates: duplicates, now: SystemClock().now())
                return true
            } catch  where Verdict.isAboutDatabase(error) {
                await context.waitForDatabase(after: error)
            } catch {
                context.log.info(
                    "a batch failed", ["count": .int(events.count), "error": LogValue(error: error)])
                return false
            }
        }
        return false
    }

    private func rehearse(_ events: [ReadEvent]) async throws {
        switch settings.rehearsal {
        case .none: break
        case .twice: _ = try await context.transaction.run(events)
        case .backwards: for event in events.reversed() { _ = try await context.transaction.run([event]) }
        }
    }

    /// Handles each event in a transaction of its own; returns how many were settled before the process had to end.
    private func handleOneByOne(
        _ events: [ReadEvent], last: DeliveryToken, _ consumer: AMQPConsumer
    ) async -> (settled: Int, moves: [Move]) {
        var moves: [Move] = []
        for (index, event) in events.enumerated() {
            guard let verdict = await judge(event, last: last, consumer) else { return (index, moves) }
            switch verdict {
            case .done(let result):
                context.metrics.settled(type: event.envelope.type, result: result)
            case .retry(let error): moves.append(move(event, error: error))
            case .dead(let reason, let detail):
                moves.append(move(event.delivery, reason: reason, detail: detail))
            case .wait, .leave: return (index, moves)
            }
        }
        return (events.count, moves)
    }

    /// What becomes of one event; nil if that is not known before the process ends or its connection is lost.
    private func judge(
        _ event: ReadEvent, last: DeliveryToken, _ consumer: AMQPConsumer
    ) async -> Verdict? {
        while consumer.isCurrent(last), !context.isStopping {
            do {
                let duplicates = try await context.transaction.run([event])
                return .done(result: duplicates > 0 ? "duplicate" : "ok")
            } catch {
                let verdict = Verdict(error)
                guard case .wait = verdict else { return verdict }
                await context.waitForDatabase(after: error)
            }
        }
        return nil
    }

    private func settledPrefix(_ batch: DeliveryBatch, until token: DeliveryToken) -> DeliveryToken? {
        batch.deliveries.last { $0.token.tag < token.tag }?.token
    }
}

extension ConsumerLoop {
    /// A copy of a message that has to be confirmed before the message itself is settled.
    struct Move {
        let tag: UInt64
        let message: OutgoingMessage
    }

    private func move(_ event: ReadEvent, error: String) -> Move {
        let now = SystemClock().now()
        let delivery = event.delivery
        guard
            let copy = context.moved.retry(delivery, error: error, steps: settings.retrySteps, now: now)
        else { return move(delivery, reason: "attempts_exhausted", detail: error) }
        let step = MovedMessage.attempt(delivery) + 1
        context.metrics.retried(step: step)
        context.metrics.settled(type: event.envelope.type, result: "retry")
        context.log.info(
            "an event is tried again later",
            [
                "event_id": .string(delivery.messageID), "type": .string(delivery.type), "step": .int(step),
                "error": .string(error),
            ])
        return Move(tag: delivery.token.tag, message: copy)
    }

    private func move(_ delivery: Delivery, reason: String, detail: String) -> Move {
        context.metrics.died(reason: reason)
        context.log.error(
            "a message became a dead letter",
            [
                "message_id": .string(delivery.messageID), "type": .string(delivery.type),
                "reason": .string(reason), "detail": .string(detail),
            ])
        let copy = context.moved.dead(delivery, reason: reason, detail: detail, now: SystemClock().now())
        return Move(tag: delivery.token.tag, message: copy)
    }

    /// Publishes the copies until each is confirmed; false if the messages come again anyway.
    private func publish(_ moves: [Move], last: DeliveryToken, _ consumer: AMQPConsumer) async -> Bool {
        var open = moves.map(\.message)
        while !open.isEmpty {
            let outcomes = await context.publisher.publish(open)
            let failed = zip(open, outcomes).filter { $0.1 != .confirmed }
            open = failed.map(\.0)
            guard let first = failed.first else { break }
            context.log.warning(
                "messages cannot be moved",
                [
                    "count": .int(open.count), "exchange": .string(first.0.exchange),
                    "routing_key": .string(first.0.routingKey), "outcome": .string("\(first.1)"),
                ])
            await context.wakeup.wait(atMost: settings.moveRetryWait)
            guard consumer.isCurrent(last), !context.isStopping else { return false }
        }
        return consumer.isCurrent(last)
    }
}
