import AMQP
import EventContracts
import Messaging
import Observability
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import NotificationService

@Suite(.timeLimit(.minutes(10)))
struct ConsumingTests {
    @Test(
        "paid charges become notices, receipts and feed rows by the thousand, each once although all come twice"
    )
    func throughTheBroker() async throws {
        try await NotificationWorld.with { world in
            try await TestVirtualHost.with(prefix: "notification") { host in
                let broker = AMQPConfiguration(
                    host: host.server.host, port: host.server.port, virtualHost: host.name,
                    user: host.server.user, password: Secret(host.server.password), tls: nil,
                    connectionName: "test", appID: "test", timing: .production, limits: .production)
                try await AMQPTopology.apply(
                    EventCatalogue.topology(retryDelaysMilliseconds: [100]), configuration: broker)
                let metrics = Metrics()
                let publisher = try AMQPPublisher(
                    configuration: broker, role: "test", metrics: AMQPMetrics(metrics), log: .silent)
                var settings = ConsumerSettings.production
                settings.retrySteps = 1
                settings.rehearsal = .twice
                let consumers = world.queues.map { queue in
                    EventConsumer(
                        queue: queue.queue, service: "notification", handlers: queue.handlers,
                        envelopeHandlers: queue.envelopes, pool: world.pool, publisher: publisher,
                        broker: broker, settings: settings, metrics: metrics, log: .silent)
                }
                let count = 2_000
                let messages = try (0..<count).flatMap { _ in try Self.charge(world) }
                let start = ContinuousClock.now
                for consumer in consumers { try await consumer.start() }
                for chunk in stride(from: 0, to: messages.count, by: 500) {
                    let outcomes = await publisher.publish(
                        Array(messages[chunk..<min(chunk + 500, messages.count)]))
                    #expect(outcomes.allSatisfy { $0 == .confirmed })
                }
                try await eventually("all notices and rows") {
                    let counts = try await world.column(
                        "SELECT (SELECT count(*) FROM notices) || ' ' || (SELECT count(*) FROM feed)")
                    return counts == ["\(count) \(count * 3)"]
                }
                let seconds = start.duration(to: .now).inSeconds
                print(
                    "notification: \(count) charges (3 events each, handled twice): \(Int(Double(count) / seconds))/s"
                )
                #expect(try await world.column("SELECT count(*)::text FROM mails") == ["\(count)"])
                #expect(try await world.column("SELECT count(*)::text FROM inbox") == ["0"])
                for consumer in consumers { await consumer.stop() }
                await publisher.stop()
            }
        }
    }

    /// What the payment and invoice services say when a charge succeeds.
    private static func charge(_ world: NotificationWorld) throws -> [OutgoingMessage] {
        let invoice = InvoiceID(.v7())
        let payment = world.payment(invoice)
        let snapshot = world.snapshot(invoice, paid: 1999)
        let applied = AppliedPayment(
            paymentID: payment.paymentID, amountMinor: 1999, method: "card", source: .autopay)
        let events = [
            try world.event(
                PaymentSucceeded(payment: payment, succeededAt: world.clock.now()), subject: payment.paymentID
            ),
            try world.event(InvoicePaymentApplied(invoice: snapshot, payment: applied), subject: invoice),
            try world.event(InvoicePaid(invoice: snapshot), subject: invoice, sequence: 2),
        ]
        return events.map { event in
            OutgoingMessage(
                exchange: event.exchange, routingKey: event.routingKey, body: event.body,
                messageID: event.id.uuidString, type: event.type, contentType: EventEnvelope.contentType,
                mandatory: true, persistent: true)
        }
    }
}
