import AMQP
import Foundation
import Observability
import Primitives
import TestKit
import Testing

/// What only a broker of one's own can show: TLS, an alarm, a broker that stands still, a crash.
@Suite(.timeLimit(.minutes(10)), .serialized)
struct HardBrokerTests {
    @Test("over TLS a broker is believed only when our authority vouches for its name")
    func encrypted() async throws {
        try await Folder.with { folder in
            let authority = try await CertificateAuthority.create(in: folder, name: "ours")
            let foreign = try await CertificateAuthority.create(in: folder, name: "foreign")
            let certificate = try await authority.issue(host: "localhost")
            let port = try FreePort.find()
            let extra = """
                listeners.ssl.1 = 127.0.0.1:\(port)
                ssl_options.cacertfile = \(authority.certificate)
                ssl_options.certfile = \(certificate.certificate)
                ssl_options.keyfile = \(certificate.key)
                ssl_options.verify = verify_none
                """
            try await OwnBroker.with(extra, in: folder) { broker in
                func configuration(_ host: String, _ caFile: String) -> AMQPConfiguration {
                    var configuration = broker.configuration
                    configuration.host = host
                    configuration.port = port
                    configuration.tls = .init(caFile: caFile, verifyHostname: true)
                    return configuration
                }
                let trusted = configuration("localhost", authority.certificate)
                try await AMQPTopology.apply(.oneQueue, configuration: trusted)
                let publisher = try broker.publisher(trusted)
                let messages = (0..<3_000).map { _ in
                    OutgoingMessage.test("q", String(repeating: "x", count: 700))
                }
                #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
                let consumer = try AMQPConsumer(
                    configuration: trusted, queue: "q", prefetch: 500, metrics: AMQPMetrics(broker.metrics),
                    log: .silent)
                var count = 0
                while count < messages.count {
                    let batch = try await consumer.nextBatch(max: 250)
                    count += batch.deliveries.count
                    #expect(await consumer.acknowledge(through: batch.last))
                }
                await consumer.stop()
                await publisher.stop()

                for refused in [
                    configuration("localhost", foreign.certificate),
                    configuration("127.0.0.1", authority.certificate),
                ] {
                    let error = await #expect(throws: AMQPError.self) {
                        try await AMQPTopology.apply(.oneQueue, configuration: refused)
                    }
                    #expect(error?.code == .connectionFailed)
                }
            }
        }
    }

    @Test("while the broker has an alarm, messages wait, and arrive when it is over")
    func blocked() async throws {
        try await Folder.with { folder in
            try await OwnBroker.with("", in: folder) { broker in
                try await AMQPTopology.apply(.oneQueue, configuration: broker.configuration)
                var configuration = broker.configuration
                configuration.timing.confirmTimeout = .seconds(2)
                configuration.limits.windowMessages = 10
                let publisher = try broker.publisher(configuration)
                #expect(await publisher.publish([.test("q")]) == [.confirmed])
                try await broker.control("set_vm_memory_high_watermark", "absolute", "10MB")
                let waiting = Task {
                    await publisher.publish((0..<100).map { _ in OutgoingMessage.test("q") })
                }
                try await eventually("the alarm is noticed") {
                    broker.metrics.prometheusText()
                        .contains(#"messaging_connection_blocked{role="publisher"} 1"#)
                }
                try await broker.control("set_vm_memory_high_watermark", "0.4")
                #expect(await waiting.value.allSatisfy { $0 == .confirmed })
                #expect(!broker.metrics.prometheusText().contains("messaging_reconnects_total{"))
                await publisher.stop()
            }
        }
    }

    @Test("a broker that stands still costs the time of one call, not for ever")
    func frozen() async throws {
        try await Folder.with { folder in
            try await OwnBroker.with("", in: folder) { broker in
                try await AMQPTopology.apply(.oneQueue, configuration: broker.configuration)
                var configuration = broker.configuration
                configuration.timing.callTimeout = .seconds(1)
                // Far more than the sockets hold: the write itself must hang.
                configuration.limits.windowMessages = 100_000
                configuration.limits.windowBytes = 100_000_000
                let publisher = try broker.publisher(configuration)
                #expect(await publisher.publish([.test("q")]) == [.confirmed])
                try await broker.signal(SIGSTOP)
                let big = String(repeating: "x", count: 60_000)
                let outcomes = await publisher.publish((0..<300).map { _ in .test("q", big) })
                #expect(
                    outcomes.allSatisfy {
                        if case .unknown = $0 { true } else { false }
                    })
                #expect(broker.metrics.prometheusText().contains("messaging_call_watchdog_total 1"))
                try await broker.signal(SIGCONT)
                #expect(await publisher.publish([.test("q")]) == [.confirmed])
                await publisher.stop()
            }
        }
    }

    @Test("messages confirmed before a crash of the broker are there after it")
    func crash() async throws {
        try await Folder.with { folder in
            try await OwnBroker.with("", in: folder) { broker in
                try await AMQPTopology.apply(.oneQueue, configuration: broker.configuration)
                let publisher = try broker.publisher(broker.configuration)
                let consumer = try AMQPConsumer(
                    configuration: broker.configuration, queue: "q", prefetch: 10,
                    metrics: AMQPMetrics(broker.metrics), log: .silent)
                #expect(await publisher.publish([.test("q", "before")]) == [.confirmed])
                let before = try await consumer.nextBatch(max: 1)
                // The broker writes down a new queue's name within three seconds; a crash before that leaves a queue
                // without a leader.
                try await broker.control("eval", "[dets:sync(Table) || Table <- dets:all()].")
                try await broker.crashAndRestart()
                let again = try await consumer.nextBatch(max: 1)
                #expect(again.deliveries.first?.messageID == before.deliveries.first?.messageID)
                await consumer.acknowledge(through: again.last)
                let late = try await eventually("a confirm after the restart") {
                    await publisher.publish([.test("q", "after")]) == [.confirmed] ? true : nil
                }
                #expect(late)
                #expect(try await consumer.nextBatch(max: 1).deliveries.first?.text == "after")
                await consumer.stop()
                await publisher.stop()
            }
        }
    }
}
